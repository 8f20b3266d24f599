import type { RuleOutcome, RuleState, RunResult } from '../../../harness/model/result.ts'

/** A rule over several runs: its worst outcome, and how many runs had which. */
export type WorstRule = RuleOutcome & { readonly counts: Readonly<Record<RuleState, number>> }

/** Worst first. */
const STATES: readonly RuleState[] = ['broken', 'not-known', 'held', 'not-applicable']

/** The worst outcome of every rule over the runs: broken ones first, then those that are not known. */
export function worstRules(runs: readonly RunResult[]): readonly WorstRule[] {
  const byRule = Map.groupBy(
    runs.flatMap(r => r.rules),
    o => o.rule,
  )
  return [...byRule.values()]
    .flatMap(outcomes => {
      const worst = worstOf(outcomes)
      return worst === undefined ? [] : [{ ...worst, counts: countsOf(outcomes) }]
    })
    .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.rule < b.rule ? -1 : 1))
}

function worstOf(outcomes: readonly RuleOutcome[]): RuleOutcome | undefined {
  const state = STATES.find(s => outcomes.some(o => o.state === s))
  const pool = outcomes.filter(o => o.state === state)
  const numeric = pool.filter(o => typeof o.value === 'number').sort((a, b) => badness(b) - badness(a))
  return numeric[0] ?? pool[0]
}

/** Of values that break a rule the one farthest from the limit is the worst, of those that hold it the nearest; without a limit the largest. */
function badness({ value, limit, state }: RuleOutcome): number {
  if (typeof limit !== 'number') return Number(value)
  const distance = Math.abs(Number(value) - limit)
  return state === 'broken' ? distance : -distance
}

const countsOf = (outcomes: readonly RuleOutcome[]): WorstRule['counts'] => {
  const count = (state: RuleState): number => outcomes.filter(o => o.state === state).length
  return {
    held: count('held'),
    broken: count('broken'),
    'not-known': count('not-known'),
    'not-applicable': count('not-applicable'),
  }
}
