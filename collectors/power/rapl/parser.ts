import { type Batch, READING, type ReadingState } from '../../../harness/model/batch.ts'
import type { Reading, ReadingParser } from '../../../harness/model/collector.ts'
import type { Finding } from '../../../harness/model/finding.ts'
import { append, type Columns, newColumns, takeBatches } from '../../parse/columns.ts'
import { newSourceErrors, type SourceErrors } from '../../parse/source-errors.ts'
import { textOf, Unreadable, type Whole, whole } from '../../parse/text.ts'
import { type MirrorWatch, newMirrorWatch } from './mirrors.ts'
import { newUnwrapped, type Unwrapped, unwrap } from './unwrap.ts'
import type { Zone } from './zones.ts'

interface Track {
  readonly zone: Zone
  readonly counter: Unwrapped
  readonly columns: Columns
  /** Last good value, to compare differences with those of other zones. */
  before: number | null
}

/**
 * Parses readings of energy_uj into one series `energy`/`energy` (µJ, counter) per zone; all of them may be added up. Values are
 * unwrapped; what a reading of state error means for a counter is said at Batch. A zone that turns out to mirror another is left out of
 * what is drained from then on; that takes ten readings, so the first drain of a recording is already without it.
 */
export function raplParser(zones: readonly Zone[], host: string): ReadingParser {
  const who = { collector: 'rapl', host }
  const errors = newSourceErrors(who)
  const tracks = new Map(zones.map(zone => [`rapl/${zone.folder}`, newTrack(zone, host)]))
  const watch = newMirrorWatch(zones.map(zone => zone.name))
  const tick = newTick(watch)

  return {
    push(reading) {
      const track = tracks.get(reading.source)
      if (track === undefined) return errors.note(reading.source, 'not a zone of this machine')
      const cell = cellOf(track, reading, errors)
      append(track.columns, reading, () => cell)
      const value = 'value' in cell ? cell.value : null
      tick.add(
        reading.mono,
        track.zone.name,
        value === null || track.before === null ? null : value - track.before,
      )
      track.before = value
    },
    drain(): Batch[] {
      const mirrors = watch.mirrors()
      return [...tracks.values()].flatMap(track => {
        const batches = takeBatches(track.columns)
        return mirrors.has(track.zone.name) ? [] : batches
      })
    },
    findings: () => [
      ...[...tracks.values()].flatMap(track => zoneFindings(who, track)),
      ...[...watch.mirrors()].map(
        ([instance, of]): Finding => ({ code: 'COUNTER_MIRRORED', ...who, values: { ...who, instance, of } }),
      ),
      ...errors.findings(),
    ],
  }
}

function newTrack(zone: Zone, host: string): Track {
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
  return { zone, counter, columns: newColumns([series], () => counter.base), before: null }
}

type Cell = { readonly value: number } | { readonly state: ReadingState }

function cellOf(track: Track, reading: Reading, errors: SourceErrors): Cell {
  if (reading.bytes === null) {
    if (reading.error === 'ENOENT') return { state: READING.absent }
    errors.note(reading.source, reading.error ?? 'unknown')
    return { state: READING.error }
  }
  const raw = energyOf(reading.bytes)
  if (raw === null) {
    errors.note(reading.source, 'not a number of µJ')
    return { state: READING.error }
  }
  const value = unwrap(track.counter, track.zone, raw, reading.mono)
  return value === null ? { state: READING.error } : { value }
}

function energyOf(bytes: Uint8Array): Whole | null {
  try {
    return whole(textOf(bytes).trim())
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

/** Gathers the differences of all zones in one tick. */
function newTick(watch: MirrorWatch): { add(mono: number, zone: string, difference: number | null): void } {
  let at: number | null = null
  let differences = new Map<string, number | null>()
  return {
    add(mono, zone, difference) {
      if (mono !== at) {
        watch.tick(differences)
        differences = new Map()
        at = mono
      }
      differences.set(zone, difference)
    },
  }
}

function zoneFindings(
  who: { readonly collector: string; readonly host: string },
  { zone, counter }: Track,
): Finding[] {
  const about = { ...who, instance: zone.name }
  const wraps: Finding[] =
    counter.wraps === 0 ? [] : [{ code: 'COUNTER_WRAP', ...who, values: { ...about, times: counter.wraps } }]
  const resets = [...counter.breaks].map(
    ([reason, times]): Finding => ({ code: 'COUNTER_RESET', ...who, values: { ...about, times, reason } }),
  )
  const stuck: Finding[] =
    counter.stuck === 0
      ? []
      : [{ code: 'COUNTER_STUCK', ...who, values: { ...about, readings: counter.stuck } }]
  return [...wraps, ...resets, ...stuck]
}
