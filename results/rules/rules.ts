import type { RuleOutcome, Verdicts } from '../../harness/model/result.ts'
import { EVIDENCE_RULES } from './evidence-rules.ts'
import type { RunFacts } from './facts.ts'
import { LOAD_RULES } from './load-rules.ts'
import { MACHINE_RULES } from './machine-rules.ts'
import { READING_RULES } from './reading-rules.ts'
import { applyRule, type Rule } from './rule.ts'

export type {
  ClockFacts,
  LoadEnd,
  RecordingFacts,
  RunFacts,
  WindowCoverage,
  WorkFacts,
} from './facts.ts'
export type { Rule } from './rule.ts'

/** Every rule, in the order in which outcomes are listed. docs/measuring.md says why each is there. */
export const RULES: readonly Rule[] = [...LOAD_RULES, ...READING_RULES, ...MACHINE_RULES, ...EVIDENCE_RULES]

/** All rules, looked at: those that hold, too. */
export const judge = (facts: RunFacts): RuleOutcome[] => RULES.map(rule => applyRule(rule, facts))

/** invalid before unranked before valid; notes change nothing. */
export function measurementVerdict(outcomes: readonly RuleOutcome[]): Verdicts['measurement'] {
  const broken = new Set(outcomes.filter(o => o.broken).map(o => o.effect))
  if (broken.has('invalid')) return 'invalid'
  return broken.has('unranked') ? 'unranked' : 'valid'
}
