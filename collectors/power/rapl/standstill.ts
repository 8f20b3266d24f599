import { READING, type ReadingState } from '../../../harness/model/batch.ts'
import type { HostFacts } from '../../../harness/model/target.ts'
import type { Micros } from '../../../harness/model/units.ts'
import type { Whole } from '../../parse/text.ts'

export type Cell = { readonly value: number } | { readonly state: ReadingState }

/** A reading of a zone, as it goes into a series. */
export interface Row {
  readonly mono: Micros
  readonly wall: Micros
  readonly cell: Cell
}

/** Processors update the register about every millisecond: at 1 Hz one difference of 0 is enough, less the lateness of a reading. */
const PHYSICAL_SECONDS = 0.9
/** QEMU updates that of a guest once a second, later when its host is busy: at 10 Hz many equal readings are normal there. */
const VIRTUAL_SECONDS = 2.5

/** Longest time for which a running counter may show the same, s. */
export const stillLimit = (facts: HostFacts): number =>
  facts.virtualization === 'none' ? PHYSICAL_SECONDS : VIRTUAL_SECONDS

/** Watches one counter for times in which it stands still. */
export interface Standstill {
  readonly limit: number
  /** What it shows, and the first reading that showed it. */
  raw: Whole | null
  since: number
  latest: number
  /** Rows from that reading on, while it is not known whether the counter stands still. */
  held: Row[]
  stuck: boolean
  /** Times it stood still, and how long in all, µs. */
  times: number
  micros: number
  /** First reading, first good one, and first that differs from it; null: none yet. */
  startedAt: number | null
  goodAt: number | null
  movedAt: number | null
}

export const newStandstill = (limitSeconds: number): Standstill => ({
  limit: limitSeconds * 1e6,
  raw: null,
  since: 0,
  latest: 0,
  held: [],
  stuck: false,
  times: 0,
  micros: 0,
  startedAt: null,
  goodAt: null,
  movedAt: null,
})

/**
 * Takes the next row and gives back those about which all is known. When a counter shows the same for longer than it may, the rows are
 * errors from the first that showed it (it may have stopped before that reading) to the last: the time from the good reading before to
 * the one that differs is a gap. Whether the first difference afterwards holds what was used meanwhile is not known either.
 * @param raw null: the reading failed
 */
export function stand(s: Standstill, row: Row, raw: Whole | null): Row[] {
  s.startedAt ??= row.mono
  if (raw === null) return [...undecided(s), row]
  s.goodAt ??= row.mono
  if (raw !== s.raw) return moved(s, row, raw)
  const before = s.latest
  s.latest = row.mono
  if (s.stuck) {
    s.micros += row.mono - before
    return [failed(row)]
  }
  s.held.push(row)
  if (row.mono - s.since < s.limit) return []
  s.stuck = true
  s.times += 1
  s.micros += row.mono - s.since
  return release(s).map(failed)
}

function moved(s: Standstill, row: Row, raw: Whole): Row[] {
  if (s.raw !== null) s.movedAt ??= row.mono
  const known = release(s)
  s.raw = raw
  s.since = row.mono
  s.latest = row.mono
  s.stuck = false
  s.held = [row]
  return known
}

/** What is held at the end of a recording: the counter did not stand still for as long as it may not. */
export function release(s: Standstill): Row[] {
  const rows = s.held
  s.held = []
  return rows
}

/** A reading fails while several were the same: nothing will tell about these, and there is a gap anyway. */
function undecided(s: Standstill): Row[] {
  const rows = release(s)
  return rows.length > 1 ? rows.map(failed) : rows
}

const failed = (row: Row): Row => ('value' in row.cell ? { ...row, cell: { state: READING.error } } : row)
