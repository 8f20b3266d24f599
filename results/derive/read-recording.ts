import type { Batch } from '../../harness/model/batch.ts'
import type { Reading, ReadingParser } from '../../harness/model/collector.ts'
import type { Finding } from '../../harness/model/finding.ts'
import type { RecordingItem } from '../../harness/model/recorder.ts'
import type { RecordingRef } from '../../harness/model/run.ts'
import type { RunArchive } from '../archive/archive.ts'
import type { DeriveParts } from './parts.ts'
import { factsOf, type RunFiles } from './read-run.ts'

/** Parsers are drained after so many ticks: a slice of every series, 100 s at 10 Hz. */
export const TICKS_PER_SLICE = 1_000

/** What comes of a recording, in order: the header, slices of batches, findings and the end. */
export type RecordingPart =
  | Extract<RecordingItem, { item: 'header' | 'end' | 'broken' }>
  | { readonly item: 'slice'; readonly ticks: readonly Tick[]; readonly batches: readonly Batch[] }
  | { readonly item: 'findings'; readonly findings: readonly Finding[] }

/** Times of a tick, CLOCK_BOOTTIME µs, and the wall clock at its beginning. */
export interface Tick {
  readonly due: number
  readonly mono: number
  readonly wall: number
}

/**
 * Reads a recording once, from its first byte to its last: frames → readings → parsers of the collectors → slices of batches.
 * Memory is bounded by one slice.
 */
export async function* readRecording(
  run: RunArchive,
  files: RunFiles,
  ref: RecordingRef,
  parts: DeriveParts,
): AsyncGenerator<RecordingPart> {
  const parsers = new Parsers(files, ref, parts)
  let ticks: Tick[] = []
  for await (const item of parts.decode(run.read(ref.path))) {
    if (item.item !== 'tick') {
      yield item
      continue
    }
    ticks.push({ due: item.due, mono: item.mono, wall: item.wall })
    for (const reading of item.readings) parsers.push(reading)
    if (ticks.length < TICKS_PER_SLICE) continue
    yield { item: 'slice', ticks, batches: parsers.drain() }
    ticks = []
  }
  yield { item: 'slice', ticks, batches: parsers.drain() }
  yield { item: 'findings', findings: parsers.findings() }
}

/** One parser per collector, made when its first reading comes; sources are named `<collector>/<name>`. */
class Parsers {
  readonly #byCollector = new Map<string, ReadingParser>()
  readonly #bySource = new Map<string, ReadingParser | null>()
  readonly #unknown = new Map<string, number>()
  readonly #make: (collector: string) => ReadingParser | null
  readonly #host: string

  constructor(files: RunFiles, ref: RecordingRef, parts: DeriveParts) {
    this.#host = ref.host
    const facts = factsOf(files, ref.host)
    const services = ref.part === 1 ? [] : files.record.services.filter(s => s.host === ref.host)
    this.#make = id =>
      facts === null ? null : (parts.collectors.get(id)?.parser(facts, ref.host, services) ?? null)
  }

  push(reading: Reading): void {
    const parser = this.#of(reading.source)
    if (parser !== null) parser.push(reading)
    else this.#unknown.set(reading.source, 1 + (this.#unknown.get(reading.source) ?? 0))
  }

  drain(): Batch[] {
    return [...this.#byCollector.values()].flatMap(parser => parser.drain())
  }

  findings(): Finding[] {
    const unread = [...this.#unknown].map(
      ([source, errors]): Finding => ({
        code: 'SOURCE_ERROR',
        host: this.#host,
        collector: collectorOf(source),
        values: { source, errors, reason: 'no collector reads this source' },
      }),
    )
    return [...[...this.#byCollector.values()].flatMap(parser => parser.findings()), ...unread]
  }

  #of(source: string): ReadingParser | null {
    const known = this.#bySource.get(source)
    if (known !== undefined) return known
    const id = collectorOf(source)
    const parser = this.#byCollector.get(id) ?? this.#make(id)
    if (parser !== null) this.#byCollector.set(id, parser)
    this.#bySource.set(source, parser)
    return parser
  }
}

const collectorOf = (source: string): string => source.slice(0, Math.max(0, source.indexOf('/')))
