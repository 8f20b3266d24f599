import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { encodeCommand, quoteWord } from '../../../harness/transport/quote.ts'

const SHELLS = ['/bin/bash', '/bin/dash', '/usr/bin/fish', '/bin/busybox'].filter(existsSync)

/** Words as a login shell hands them on; many at once, for one start of a shell. */
function throughShell(shell: string, words: readonly string[], env: Record<string, string> = {}): string[] {
  const command = encodeCommand(['/usr/bin/printf', '%s\\0', ...words])
  const args = shell.endsWith('busybox') ? ['sh', '-c', command] : ['-c', command]
  const { stdout, status, stderr } = spawnSync(shell, args, {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...env },
  })
  if (status !== 0) throw new Error(`${shell}: ${stderr.toString()}`)
  return stdout.toString('utf8').split('\0').slice(0, -1)
}

const nasty = fc.stringMatching(/^['"\\$`;&|<>(){}[\]*?~#!%^=\-\n\r\t a]*$/)
const anyText = fc.string({ unit: 'binary', maxLength: 30 }).map(text => text.replaceAll('\0', ''))
const words = fc.array(
  fc.oneof(
    nasty,
    anyText,
    fc.constantFrom('', '-n', '--', "it's", '\\', "\\'", '$(id)', '`id`', 'ä€😀', '\uf600\uf6ff\ufdd0\ue000'),
  ),
  {
    minLength: 1,
    maxLength: 40,
  },
)

describe.each(SHELLS)('%s', shell => {
  test.each([{}, { LC_ALL: 'C.UTF-8' }])('reads every word as it was meant (%o)', env => {
    fc.assert(
      fc.property(words, list => {
        expect(throughShell(shell, list, env)).toEqual(list)
      }),
      { seed: 3, numRuns: 40 },
    )
  })
})

test('at least one shell was there to test', () => {
  expect(SHELLS).not.toEqual([])
})

test('every word stands in quotes', () => {
  expect(quoteWord('plain')).toBe("'plain'")
  expect(quoteWord('')).toBe("''")
  expect(quoteWord("it's")).toBe(`'it'"'"'s'`)
  expect(quoteWord('a\\b')).toBe(`'a'"\\\\"'b'`)
})

test.each([
  ['NUL', 'a\0b'],
  ['half a surrogate pair', '\ud800'],
])('a word with %s is refused', (_, word) => {
  expect(() => quoteWord(word)).toThrow(JoulemarkError)
})

test.each([[[]], [['']], [['-x', 'y']]])('%o names no program', argv => {
  expect(() => encodeCommand(argv)).toThrow(JoulemarkError)
})

test('a command that the kernel would refuse is refused here', () => {
  expect(() => encodeCommand(['cat', 'x'.repeat(130_000)])).toThrow(/longer than a host takes/)
})
