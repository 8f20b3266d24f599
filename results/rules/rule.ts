import type { Finding, FindingCode } from '../../harness/model/finding.ts'
import type { RuleOutcome, RuleState } from '../../harness/model/result.ts'
import type { RunFacts } from './facts.ts'

/** A rule is data and a pure look at the facts. */
export interface Rule {
  /** Permanent. */
  readonly id: string
  /** What must hold, for people. */
  readonly title: string
  readonly effect: RuleOutcome['effect']
  readonly code: FindingCode
  readonly limit: number | string | null
  readonly unit: string
  readonly look: (facts: RunFacts) => Look
}

/** What a rule saw. */
export interface Look {
  /** Worst value; null: can't be said. */
  readonly value: number | string | null
  /** Each place where the rule is broken. */
  readonly breaches: readonly Omit<Finding, 'code' | 'limit'>[]
  /** Where nothing is broken and the rule does not hold either. */
  readonly else?: Extract<RuleState, 'not-known' | 'not-applicable'>
}

export const NOT_APPLICABLE: Look = { value: null, breaches: [], else: 'not-applicable' }
export const NOT_KNOWN: Look = { value: null, breaches: [], else: 'not-known' }

/** A look that leaves the rule not known unless everything was; what is broken stays broken. */
export const knownOnlyIf = (known: boolean, look: Look): Look =>
  known ? look : { ...look, else: 'not-known' }

/** Looks at the facts through one rule. */
export function applyRule(rule: Rule, facts: RunFacts): RuleOutcome {
  const { value, breaches, else: otherwise = 'held' } = rule.look(facts)
  return {
    rule: rule.id,
    effect: rule.effect,
    state: breaches.length > 0 ? 'broken' : otherwise,
    value,
    limit: rule.limit,
    unit: rule.unit,
    findings: breaches.map(breach => ({
      code: rule.code,
      ...breach,
      ...(rule.limit === null ? {} : { limit: rule.limit }),
    })),
  }
}

/** Largest of what is known; null: nothing is. */
export function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter(v => v !== null)
  return known.length === 0 ? null : Math.max(...known)
}
