import { READING } from '../../../harness/model/batch.ts'
import { append, type Columns, newColumns } from '../../parse/columns.ts'
import type { MemoryVerdict } from './memory.ts'
import type { Verdict } from './mirrors.ts'
import { newStandstill, type Row, type Standstill } from './standstill.ts'
import { newUnwrapped, type Unwrapped } from './unwrap.ts'
import type { Zone } from './zones.ts'

/** One zone over a recording. */
export interface Track {
  readonly zone: Zone
  readonly counter: Unwrapped
  readonly still: Standstill
  readonly columns: Columns
  /** Rows of a zone of which it is not known yet whether it counts. */
  waiting: Row[]
  /** Last good value, to compare differences with those of other zones. */
  before: number | null
}

export function newTrack(zone: Zone, host: string, limit: number): Track {
  const counter = newUnwrapped()
  const series = {
    measurement: 'energy',
    field: 'energy',
    unit: 'µJ',
    kind: 'counter',
    host,
    source: 'rapl',
    instance: zone.name,
    ...(zone.maxMicrojoules === null ? {} : { wrapsAt: zone.maxMicrojoules }),
  } as const
  const columns = newColumns([series], () => counter.base)
  return { zone, counter, still: newStandstill(limit), columns, waiting: [], before: null }
}

/** Lets the rows go that wait: into the series, or nowhere. */
export function settle(track: Track, memory: MemoryVerdict, mirror: Verdict): void {
  const out = mirror.is === 'mirror' || (track.zone.kind === 'dram' && memory.is === 'left-out')
  const open = mirror.is === 'undecided' || (track.zone.kind === 'dram' && memory.is === 'undecided')
  if (!out && open) return
  if (!out) for (const row of track.waiting) append(track.columns, row, () => row.cell)
  track.waiting = []
}

/** Gives up waiting: neither counting the zone nor leaving it out would be right. */
export function putAbsent(track: Track): void {
  for (const row of track.waiting) append(track.columns, row, () => ({ state: READING.absent }))
  track.waiting = []
}
