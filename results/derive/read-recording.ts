import type { Batch } from '../../harness/model/batch.ts'
import type { Reading, ReadingParser } from '../../harness/model/collector.ts'
import type { Finding } from '../../harness/model/finding.ts'
import type { RecordingItem } from '../../harness/model/recorder.ts'
import type { RecordingRef } from '../../harness/model/run.ts'
import type { TickTimes } from '../analyse/recording/tick-meter.ts'
import type { RunArchive } from '../archive/archive.ts'
import type { DeriveParts } from './parts.ts'
import { factsOf, type RunFiles } from './read-run.ts'

/** Parsers are drained after so many ticks: a slice of every series, 100 s at 10 Hz. */
export const TICKS_PER_SLICE = 1_000

/** What comes of a recording, in order: the header, slices of batches, findings and the end. */
export type RecordingPart =
  | Extract<RecordingItem, { item: 'header' | 'end' | 'broken' }>
  | { readonly item: 'slice'; readonly ticks: readonly TickTimes[]; readonly batches: readonly Batch[] }
  | { readonly item: 'findings'; readonly findings: readonly Finding[] }

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
  const parsers = parsersOf(files, ref, parts)
  let ticks: TickTimes[] = []
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
  yield { item: 'slice', ticks, batches: parsers.drain(true) }
  yield { item: 'findings', findings: parsers.findings() }
}

interface Parsers {
  push(reading: Reading): void
  drain(ended?: boolean): Batch[]
  findings(): Finding[]
}

/** One parser per collector, made when its first reading comes; sources are named `<collector>/<name>`. */
function parsersOf(files: RunFiles, ref: RecordingRef, parts: DeriveParts): Parsers {
  const facts = factsOf(files, ref.host)
  const services = ref.part === 1 ? [] : files.record.services.filter(s => s.host === ref.host)
  const byCollector = new Map<string, ReadingParser>()
  const bySource = new Map<string, ReadingParser | null>()
  const unread = new Map<string, number>()

  const parserOf = (source: string): ReadingParser | null => {
    const known = bySource.get(source)
    if (known !== undefined) return known
    const id = collectorOf(source)
    const made =
      byCollector.get(id) ??
      (facts === null ? null : (parts.collectors.get(id)?.parser(facts, ref.host, services) ?? null))
    if (made !== null) byCollector.set(id, made)
    bySource.set(source, made)
    return made
  }

  return {
    push(reading) {
      const parser = parserOf(reading.source)
      if (parser !== null) parser.push(reading)
      else unread.set(reading.source, 1 + (unread.get(reading.source) ?? 0))
    },
    drain: ended => [...byCollector.values()].flatMap(parser => parser.drain(ended)),
    findings: () => [
      ...[...byCollector.values()].flatMap(parser => parser.findings()),
      ...[...unread].map(([source, errors]) => unreadSource(ref.host, source, errors)),
    ],
  }
}

const unreadSource = (host: string, source: string, errors: number): Finding => ({
  code: 'SOURCE_ERROR',
  host,
  collector: collectorOf(source),
  values: { collector: collectorOf(source), host, source, errors, reason: 'no collector here reads it' },
})

const collectorOf = (source: string): string => source.slice(0, Math.max(0, source.indexOf('/')))
