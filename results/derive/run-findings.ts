import type { Finding } from '../../harness/model/finding.ts'
import { canonicalJson } from '../../harness/model/json.ts'
import type { RuleOutcome } from '../../harness/model/result.ts'
import { RULES } from '../rules/rules.ts'

/** What the archive alone decides: the runner says it of a target, whether or not the workload has a load generator. */
const DERIVED_ALONE: ReadonlySet<Finding['code']> = new Set(['LOADGEN_SHARED'])

/** Findings of the run itself that add to what is derived. */
export const reportedFindings = (all: readonly Finding[]): Finding[] =>
  all.filter(f => !DERIVED_ALONE.has(f.code))

/**
 * What a run noticed while it ran counts as well: a finding with the code of a rule, which the archive does not show again for that
 * host, breaks the rule.
 */
export function withReported(outcomes: readonly RuleOutcome[], reported: readonly Finding[]): RuleOutcome[] {
  const derived = new Set(outcomes.flatMap(o => o.findings).map(aboutOf))
  const rest = reported.filter(f => !derived.has(aboutOf(f)))
  return outcomes.map((outcome, i) => {
    const rule = RULES[i]
    const mine = rest.filter(f => rule !== undefined && RULES.find(r => r.code === f.code) === rule)
    return mine.length === 0
      ? outcome
      : { ...outcome, state: 'broken', findings: [...outcome.findings, ...mine] }
  })
}

/** Every finding once: those of broken rules, then the others in the order in which they were made. */
export function allFindings(outcomes: readonly RuleOutcome[], others: readonly Finding[]): Finding[] {
  const found = outcomes.flatMap(o => o.findings)
  const known = new Set(found.map(aboutOf))
  const seen = new Set<string>()
  const ruled = new Set(RULES.map(r => r.code))
  return [...found, ...others.filter(f => !(ruled.has(f.code) && known.has(aboutOf(f))))].filter(f => {
    const key = canonicalJson(f as never)
    return !seen.has(key) && seen.add(key)
  })
}

const aboutOf = (f: Finding): string => `${f.code}|${f.host ?? ''}`
