import type { GroupResult, Result } from '../../harness/model/result.ts'

interface Of {
  readonly result: Result
  readonly group: GroupResult
}

/**
 * Whether two groups were measured on the same machines by the same source, so that the instrument's error is one and the same in both.
 * Machines are numbered within a campaign: across campaigns it is not known, which is no.
 */
export function sameInstrument(a: Of, b: Of): boolean {
  if (a.result.campaign.id !== b.result.campaign.id) return false
  if (a.group.evidence === null || a.group.evidence.source !== b.group.evidence?.source) return false
  const [one, other] = [machinesOf(a), machinesOf(b)]
  return one !== '' && one === other
}

/** Numbers of the machines that are measured, as text. */
const machinesOf = ({ result, group }: Of): string =>
  [
    ...new Set(
      result.machines.filter(m => m.target === group.target && m.roles.includes('sut')).map(m => m.machine),
    ),
  ]
    .sort((a, b) => a - b)
    .join(' ')
