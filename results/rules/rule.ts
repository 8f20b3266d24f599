import type { Finding, FindingCode } from '../../harness/model/finding.ts'
import type { RuleOutcome } from '../../harness/model/result.ts'
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
  /** Each place where the rule is broken; none: it holds. */
  readonly breaches: readonly Omit<Finding, 'code' | 'limit'>[]
}

/** Looks at the facts through one rule. */
export function applyRule(rule: Rule, facts: RunFacts): RuleOutcome {
  const { value, breaches } = rule.look(facts)
  return {
    rule: rule.id,
    effect: rule.effect,
    broken: breaches.length > 0,
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
