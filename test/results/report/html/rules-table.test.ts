import { expect, test } from 'vitest'
import type { Result, RuleOutcome, RuleState } from '../../../../harness/model/result.ts'
import { rulesTable } from '../../../../results/report/html/run-tables.ts'
import { trust } from '../../../../results/report/html/trust.ts'
import { worstRules } from '../../../../results/report/html/worst-rules.ts'
import { sampleResult } from '../support/sample-result.ts'

const outcome = (state: RuleState, value: number | null = null): RuleOutcome => ({
  rule: 'JM-B4',
  effect: 'unranked',
  state,
  value,
  limit: 0.02,
  unit: 'share of CPU time',
  findings: [],
})

/** The sample with one run for each outcome of a rule. */
function withOutcomes(outcomes: readonly RuleOutcome[]): Result {
  const sample = sampleResult()
  const run = sample.runs.find(r => r.outcome === 'complete')
  if (run === undefined) throw new Error('the sample has no complete run')
  return { ...sample, runs: outcomes.map(rule => ({ ...run, rules: [rule] })) }
}

const cells = (result: Result): string => rulesTable(result).html.replaceAll(/<[^>]+>/g, ' ')

test('a rule that is not known is said to be, and has no tick, whatever held elsewhere', () => {
  const text = cells(withOutcomes([outcome('held', 0.001), outcome('not-known')]))
  expect(text).toContain('not known in 1 of 2 runs, held in 1 run')
  expect(text).not.toContain('✓')
})

test('a rule that does not apply has no tick either', () => {
  const text = cells(withOutcomes([outcome('not-applicable')]))
  expect(text).toContain('does not apply in 1 run')
  expect(text).not.toContain('✓')
})

test('the worst state of a rule is shown, with its worst value', () => {
  const { runs } = withOutcomes([
    outcome('held', 0.02),
    outcome('broken', 0.03),
    outcome('not-known'),
    outcome('broken', 0.05),
  ])
  expect(worstRules(runs)).toMatchObject([{ state: 'broken', value: 0.05, counts: { broken: 2, held: 1 } }])
})

test('where little is bad the worst value is the least; of values that hold the one nearest to the limit', () => {
  const least = (state: 'held' | 'broken', value: number) => ({ ...outcome(state, value), limit: 60 })
  expect(worstRules(withOutcomes([least('broken', 50), least('broken', 10)]).runs)).toMatchObject([
    { value: 10 },
  ])
  expect(worstRules(withOutcomes([least('held', 240), least('held', 61)]).runs)).toMatchObject([
    { value: 61 },
  ])
})

test('what is not known of steal and of other work on the machine is told beside what is, and is no good news', () => {
  const sample = sampleResult()
  const runs = sample.runs.map(run => ({
    ...run,
    stretches: run.stretches.map((s, i) => ({
      ...s,
      use: s.use.map(u => (i === 2 ? { ...u, foreignShare: null } : u)),
    })),
  }))
  const row = (result: Result): string | undefined =>
    trust(result)
      .html.split('<tr>')
      .find(line => line.includes('Somebody else'))
  expect(row(sample)).toContain('at most 1.1 % in a window, at most 1.1 % in baseline or idle')
  expect(row(sample)).toContain('✓')
  expect(row({ ...sample, runs })).toContain('not known in a window')
  expect(row({ ...sample, runs })).not.toContain('✓')
})
