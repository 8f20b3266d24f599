import type { Result } from '../../harness/model/result.ts'

/** Which version measured, and which reckoned where that is another. */
export function toolText({ tool, groups }: Result): string {
  const measured = [...new Set(groups.flatMap(g => g.measuredBy))].sort()
  return measured.length === 0 || (measured.length === 1 && measured[0] === tool)
    ? `Joulemark ${tool}`
    : `measured by Joulemark ${measured.join(', ')}, reckoned by ${tool}`
}

/** What stands beside every joule, explained once a page. */
export const KINDS_AND_CLASSES =
  'Kind: where a figure of energy comes from. Class: E3 ≤ 1 %, E2 ≤ 2 %, E1 ≤ 5 % or qualified against a class meter, E0 a sensor or model that is not qualified. Intervals are 95 %, over runs.'
