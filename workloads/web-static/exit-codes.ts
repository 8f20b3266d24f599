/**
 * What k6's exit codes mean (its errext/exitcodes; the same numbers in 1.x and 2.x). 0 and 105 are how our load ends: by itself, or told
 * to by a signal in cool-down. 105 in 1.x is also given when a second signal stops it hard. 104 of 2.x covers unknown flags, which 1.x
 * answers with 255.
 */
const MEANING: Readonly<Record<number, string>> = {
  97: 'cloud run failed',
  98: 'cloud progress lost',
  99: 'a threshold was broken',
  100: 'setup took too long',
  101: 'teardown took too long',
  102: 'something took too long',
  103: 'stopped through its REST API',
  104: 'its configuration is wrong',
  106: 'its REST API could not be started',
  107: 'the script threw an error',
  108: 'the script ended the test',
  109: 'k6 itself crashed',
  110: 'the script marked the test as failed',
  134: 'ended by SIGABRT',
  137: 'killed (SIGKILL; short of memory, or it did not end in time)',
  139: 'ended by SIGSEGV',
  255: 'wrong arguments or script',
}

/** null: an exit in good order. */
export const exitMeaning = (code: number): string | null =>
  code === 0 || code === 105 ? null : (MEANING[code] ?? 'unknown')
