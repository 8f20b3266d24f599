import type { Result } from '../../harness/model/result.ts'

/** Which version measured, and which reckoned where that is another. */
export function toolText({ tool, groups }: Result): string {
  const measured = [...new Set(groups.flatMap(g => g.measuredBy))].sort()
  return measured.length === 0 || (measured.length === 1 && measured[0] === tool)
    ? `Joulemark ${tool}`
    : `measured by Joulemark ${measured.join(', ')}, reckoned by ${tool}`
}
