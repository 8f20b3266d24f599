import { type Batch, READING } from '../../../harness/model/batch.ts'
import type { Reading, ReadingParser } from '../../../harness/model/collector.ts'
import type { HostFacts } from '../../../harness/model/target.ts'
import { takeBatches } from '../../parse/columns.ts'
import { newSourceErrors, type SourceErrors } from '../../parse/source-errors.ts'
import { textOf, Unreadable, type Whole, whole } from '../../parse/text.ts'
import { raplFindings } from './findings.ts'
import { type MemoryVerdict, memoryVerdict } from './memory.ts'
import { type MirrorWatch, newMirrorWatch } from './mirrors.ts'
import { type Cell, release, stand, stillLimit } from './standstill.ts'
import { newTrack, putAbsent, settle, type Track } from './track.ts'
import { unwrap } from './unwrap.ts'
import { domains } from './zones.ts'

/** More rows than this wait for nobody: they become absent. */
const MOST_WAITING = 1000

/**
 * Parses readings of energy_uj into one series `energy`/`energy` (µJ, counter) per zone; all of them may be added up. Values are
 * unwrapped; what a reading of state error means for a counter is said at Batch. Rows are held back for as long as it is not known
 * whether the counter stands still (standstill.ts), whether the zone mirrors another (mirrors.ts) and whether memory counts at all
 * (memory.ts). A zone that is left out has no series. One of which it can't be said whether it mirrors another is absent: neither
 * counting it nor leaving it out would be right.
 */
export function raplParser(facts: HostFacts, host: string): ReadingParser {
  const { zones } = domains(facts)
  const who = { collector: 'rapl', host }
  const errors = newSourceErrors(who)
  const tracks = zones.map(zone => newTrack(zone, host, stillLimit(facts)))
  const bySource = new Map(tracks.map(track => [`rapl/${track.zone.folder}`, track]))
  const watch = newMirrorWatch(zones)
  const tick = newTick(watch)
  let memory: MemoryVerdict = { is: 'undecided' }

  const end = (): void => {
    tick.close()
    memory = memory.is === 'undecided' ? memoryVerdict(tracks, Number.POSITIVE_INFINITY) : memory
    for (const track of tracks) {
      track.waiting.push(...release(track.still))
      settle(track, memory, watch.verdict(track.zone.name))
      putAbsent(track)
    }
  }

  return {
    push(reading) {
      const track = bySource.get(reading.source)
      if (track === undefined) return errors.note(reading.source, 'not a zone of this machine')
      const { cell, raw } = read(track, reading, errors)
      track.waiting.push(...stand(track.still, { mono: reading.mono, wall: reading.wall, cell }, raw))
      const value = 'value' in cell ? cell.value : null
      tick.add(reading.mono, track, value)
      if (memory.is === 'undecided') memory = memoryVerdict(tracks, reading.mono)
      settle(track, memory, watch.verdict(track.zone.name))
      if (track.waiting.length > MOST_WAITING) putAbsent(track)
    },
    drain(ended): Batch[] {
      if (ended === true) end()
      return tracks.flatMap(track => takeBatches(track.columns))
    },
    findings: () => [...raplFindings(who, { tracks, watch, memory }), ...errors.findings()],
  }
}

function read(track: Track, reading: Reading, errors: SourceErrors): { cell: Cell; raw: Whole | null } {
  if (reading.bytes === null) {
    if (reading.error === 'ENOENT') return { cell: { state: READING.absent }, raw: null }
    errors.note(reading.source, reading.error ?? 'unknown')
    return { cell: { state: READING.error }, raw: null }
  }
  const raw = energyOf(reading.bytes)
  if (raw === null) {
    errors.note(reading.source, 'not a number of µJ')
    return { cell: { state: READING.error }, raw }
  }
  const value = unwrap(track.counter, track.zone, raw, reading.mono)
  return { cell: value === null ? { state: READING.error } : { value }, raw }
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
function newTick(watch: MirrorWatch): {
  add(mono: number, track: Track, value: number | null): void
  close(): void
} {
  let at: number | null = null
  let seconds = 0
  let differences = new Map<string, number | null>()
  const close = (): void => {
    watch.tick(differences, seconds)
    differences = new Map()
  }
  return {
    add(mono, track, value) {
      if (mono !== at) {
        close()
        seconds = at === null ? 0 : (mono - at) / 1e6
        at = mono
      }
      differences.set(track.zone.name, value === null || track.before === null ? null : value - track.before)
      track.before = value
    },
    close,
  }
}
