/** Title of a rule for people. */
export const ruleTitle = (rule: string): string => rule
