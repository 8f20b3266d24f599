import type { FindingCode } from '../../harness/model/finding.ts'
import type { GroupResult, Result, RuleOutcome, RunResult } from '../../harness/model/result.ts'
import { RULES } from '../rules/rules.ts'

const TITLES: ReadonlyMap<string, string> = new Map(RULES.map(rule => [rule.id, rule.title]))

/** What a rule asks for, in words. A rule of another version is shown by its id. */
export const ruleTitle = (rule: string): string => TITLES.get(rule) ?? rule

/** Whether an outcome makes a run invalid or leaves it without rank. */
export const costsRank = ({ state, effect }: RuleOutcome): boolean =>
  effect !== 'note' && (state === 'broken' || state === 'not-known')

/** What breaking a rule means, in a few words; a title says what ought to hold and would read as its opposite in a list of reasons. */
const BREACHES: { readonly [code in FindingCode]?: string } = {
  ABORTED: 'aborted',
  BOOT_CHANGED: 'machine started anew',
  CLOCK_OFFSET: 'clock off',
  CLOCK_STEP: 'clock stepped',
  CORRECTNESS: 'wrong answers',
  COUNTER_UNTRUE: 'energy counter not to be believed',
  EDGE_MISSING: 'edge of a window without readings',
  ENVIRONMENT_CHANGED: 'kernel, CPU, governor or turbo changed',
  GAP: 'readings missing',
  LOADGEN_SHARED: 'load generator on the measured machine',
  LOAD_DROPPED: 'load dropped',
  LOAD_EXIT: 'load generator failed',
  LOAD_RATE: 'asked rate not reached',
  LOAD_UNEVEN: 'load uneven',
  NOISY: 'other work on the machine',
  PROFILE_QUICK: 'quick profile',
  READINGS_FEW: 'too few readings',
  RECORDER_DIED: 'recorder died',
  RECORDER_FULL: 'recorder’s buffer full',
  SHARED_KERNEL: 'hosts share a kernel',
  SOURCE_MODEL: 'energy modelled, not measured',
  SOURCE_SYNTHETIC: 'synthetic source',
  STEAL: 'CPU time stolen',
  SUSPENDED: 'machine suspended',
  WORK_ABSENT: 'record of work not whole',
  WORK_FAILED: 'work failed',
}

const CODES: ReadonlyMap<string, FindingCode> = new Map(RULES.map(rule => [rule.id, rule.code]))

/** Such an outcome in a few words. */
export function reasonText({ rule, state }: Pick<RuleOutcome, 'rule' | 'state'>): string {
  const code = CODES.get(rule)
  const breach = code === undefined ? undefined : BREACHES[code]
  return state === 'not-known' || breach === undefined
    ? `${state === 'not-known' ? 'not known: ' : 'broken: '}${ruleTitle(rule)}`
    : breach
}

/** Runs that a group's figures and verdict rest on: those that count, or all of its runs where none does. */
export function runsOf(result: Result, g: GroupResult): readonly RunResult[] {
  const all = result.runs.filter(r => r.target === g.target && r.workload === g.workload)
  const counted = all.filter(r => g.counted.includes(r.id))
  return counted.length > 0 ? counted : all
}

/** Why the runs of a group are not ranked, each reason once. */
export function groupReasons(result: Result, g: GroupResult): readonly string[] {
  const runs = runsOf(result, g).filter(r => r.outcome === 'complete')
  const few = g.reasons.filter(reason => !reason.startsWith('JM-'))
  return [...new Set([...few, ...runs.flatMap(r => r.rules.filter(costsRank).map(reasonText))])]
}
