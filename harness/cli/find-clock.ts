import {
  type FoundOffset,
  findOffset,
  type LoadTrace,
  type PowerRows,
} from '../../results/analyse/time/clock-offset.ts'
import type { CampaignArchive } from '../../results/archive/archive.ts'
import { deriveCampaign } from '../../results/derive/derive.ts'
import type { BoundMeter, FileRow, PlannedMeter } from '../model/meter.ts'
import { deriveParts } from './derive-results.ts'

/** Collects power as rows come. */
export function powerRows(bound: BoundMeter): { add(row: FileRow): void; readonly rows: PowerRows } {
  const at: number[] = []
  const watts: number[] = []
  return {
    rows: { at, watts },
    add(row) {
      at.push(row.at)
      watts.push(
        bound
          .read(row.said)
          .reduce(
            (sum, { power }) => sum + (power !== undefined && 'value' in power ? power.value : Number.NaN),
            0,
          ),
      )
    },
  }
}

/** By how much a meter's clock is ahead of the controller's, from the CPU use of the hosts behind it. */
export async function findClock(
  archive: CampaignArchive,
  { behind }: PlannedMeter,
  rows: PowerRows,
): Promise<FoundOffset> {
  const { runs } = await deriveCampaign(archive, deriveParts())
  const traces: LoadTrace[] = []
  for (const { id, target, traces: drawn } of runs) {
    const record = await archive.run(id).record()
    const begun = Math.min(...(record?.phases ?? []).map(({ start }) => start))
    const hosts = behind.filter(one => one.target === target).map(({ host }) => host)
    for (const { name, host, t, v } of drawn) {
      const [first, second] = t
      if (name !== 'cpu' || !hosts.includes(host) || first === undefined || second === undefined) continue
      traces.push({ first: begun + first * 1e6, bin: (second - first) * 1e6, values: v })
    }
  }
  if (traces.length === 0) return { why: 'no run has the CPU use of a host behind it' }
  return findOffset(rows, traces)
}
