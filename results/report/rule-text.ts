import type { RuleOutcome } from '../../harness/model/result.ts'
import { RULES } from '../rules/rules.ts'

const TITLES: ReadonlyMap<string, string> = new Map(RULES.map(rule => [rule.id, rule.title]))

/** What a rule asks for, in words. A rule of another version is shown by its id. */
export const ruleTitle = (rule: string): string => TITLES.get(rule) ?? rule

/** Whether an outcome makes a run invalid or leaves it without rank. */
export const costsRank = ({ state, effect }: RuleOutcome): boolean =>
  effect !== 'note' && (state === 'broken' || state === 'not-known')

/** Such an outcome in words. */
export const reasonText = ({ rule, state }: RuleOutcome): string =>
  `${state === 'not-known' ? 'not known: ' : ''}${ruleTitle(rule)}`
