import type { RuleOutcome, Verdicts } from '../../harness/model/result.ts'
import { CLOCK_RULES } from './clock-rules.ts'
import { CLUSTER_RULES } from './cluster-rules.ts'
import { COVERAGE_RULES } from './coverage-rules.ts'
import { EVIDENCE_RULES } from './evidence-rules.ts'
import type { RunFacts } from './facts.ts'
import { LOAD_RULES } from './load-rules.ts'
import { MACHINE_RULES } from './machine-rules.ts'
import { RATE_RULES } from './rate-rules.ts'
import { RECORDING_RULES } from './recording-rules.ts'
import { applyRule, type Rule } from './rule.ts'

export { wellCovered } from './coverage-rules.ts'
export type {
  ClockFacts,
  LoadTool,
  RecordingFacts,
  RunFacts,
  WindowCoverage,
  WorkFacts,
} from './facts.ts'
export type { Rule } from './rule.ts'

/** Every rule, in the order in which outcomes are listed. docs/measuring.md says why each is there. */
export const RULES: readonly Rule[] = [
  ...LOAD_RULES,
  ...RATE_RULES,
  ...CLUSTER_RULES,
  ...COVERAGE_RULES,
  ...RECORDING_RULES,
  ...CLOCK_RULES,
  ...MACHINE_RULES,
  ...EVIDENCE_RULES,
]

/** All rules, looked at: those that hold, too. */
export const judge = (facts: RunFacts): RuleOutcome[] => RULES.map(rule => applyRule(rule, facts))

/**
 * invalid before unranked before valid; notes change nothing. A rule that would make a run invalid or unranked and could not be told
 * leaves it unranked: nothing is shown to be wrong, and nothing is shown to be right.
 */
export function measurementVerdict(outcomes: readonly RuleOutcome[]): Verdicts['measurement'] {
  const broken = new Set(outcomes.filter(o => o.state === 'broken').map(o => o.effect))
  if (broken.has('invalid')) return 'invalid'
  return broken.has('unranked') || outcomes.some(o => o.state === 'not-known' && o.effect !== 'note')
    ? 'unranked'
    : 'valid'
}
