import { RULES } from '../rules/rules.ts'

const TITLES: ReadonlyMap<string, string> = new Map(RULES.map(rule => [rule.id, rule.title]))

/** What a rule asks for, in words. A rule of another version is shown by its id. */
export const ruleTitle = (rule: string): string => TITLES.get(rule) ?? rule
