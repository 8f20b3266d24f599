import type { Finding } from '../../harness/model/finding.ts'
import type { Trace } from '../../harness/model/result.ts'
import type { PhaseRecord, RecordingRef } from '../../harness/model/run.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import type { Machine } from '../analyse/power-model/predict.ts'
import { type RecordingMeasure, recordingMeter } from '../analyse/recording/recording-meter.ts'
import type { SeriesSum, StretchMeasure } from '../analyse/recording/stretch-meter.ts'
import { type HostClock, hostClock } from '../analyse/time/host-clock.ts'
import type { Window } from '../analyse/time/window.ts'
import { type HostTraces, hostTraces } from '../analyse/trace/host-traces.ts'
import type { RunArchive } from '../archive/archive.ts'
import type { RecordingFacts } from '../rules/rules.ts'
import { type MeterMeasure, traceMeter } from './measure-meters.ts'
import type { DeriveParts } from './parts.ts'
import { readRecording } from './read-recording.ts'
import { factsOf, type RunFiles } from './read-run.ts'

/** One recording of a host, measured. */
export interface MeasuredRecording {
  readonly ref: RecordingRef
  readonly measure: RecordingMeasure
  /** µs by which the stamps of this recorder may jump without a step of the clock. */
  readonly resolution: number
  readonly facts: RecordingFacts
  /** What the parsers noticed in it. */
  readonly findings: readonly Finding[]
}

/** Everything that was recorded on one host of a run. */
export interface HostMeasure {
  readonly host: string
  readonly facts: HostFacts | null
  /** null: never probed; then no window can be found in its recordings. */
  readonly clock: HostClock | null
  readonly recordings: readonly MeasuredRecording[]
  /** One per stretch that was asked for: from the recording that covers it best; null: none does. */
  readonly stretches: readonly (StretchMeasure | null)[]
  /** The same for the spans that were asked for besides. */
  readonly spans: readonly (StretchMeasure | null)[]
  /** Meters that are asked over a network and feed it. */
  readonly meters: readonly MeterMeasure[]
  readonly traces: readonly Trace[]
  readonly findings: readonly Finding[]
}

/**
 * @param o.stretches phases to be measured
 * @param o.spans of the host's boot clock, to be measured besides
 * @param o.machine for the trace of the power model; null: not wanted or not known
 */
export async function measureHost(
  run: RunArchive,
  files: RunFiles,
  o: {
    readonly host: string
    readonly stretches: readonly PhaseRecord[]
    readonly spans: readonly Window[]
    readonly machine: Machine | null
    readonly meters: readonly MeterMeasure[]
  },
  parts: DeriveParts,
): Promise<HostMeasure> {
  const clock = hostClock(files.clocks.get(o.host)?.probes ?? [])
  const windows = clock === null ? [] : [...o.stretches.map(phase => windowOf(phase, clock)), ...o.spans]
  const refs = files.record.recordings.filter(ref => ref.host === o.host)
  const traces = tracesOf(files, o, clock, refs)
  const recordings: MeasuredRecording[] = []
  for (const ref of refs) recordings.push(await measureRecording(run, files, { ref, windows, traces }, parts))
  const meters = o.meters.filter(one => one.host === o.host)
  if (traces !== null && clock !== null)
    for (const one of meters) traceMeter(one, traces, at => clock.toMono(at))
  const best = (i: number): StretchMeasure | null => bestCovered(recordings.map(r => r.measure.stretches[i]))
  return {
    host: o.host,
    facts: factsOf(files, o.host),
    clock,
    recordings,
    stretches: o.stretches.map((_, i) =>
      withMeters(
        best(i),
        meters.flatMap(one => one.sums[i] ?? []),
      ),
    ),
    spans: o.spans.map((_, i) => best(o.stretches.length + i)),
    meters,
    traces: traces?.result() ?? [],
    findings: [...recordings.flatMap(r => r.findings), ...meters.flatMap(one => one.findings)],
  }
}

const withMeters = (stretch: StretchMeasure | null, sums: readonly SeriesSum[]): StretchMeasure | null =>
  stretch === null || sums.length === 0 ? stretch : { ...stretch, sums: [...stretch.sums, ...sums] }

const windowOf = (phase: PhaseRecord, clock: HostClock): Window => ({
  from: clock.toMono(phase.start),
  to: clock.toMono(phase.end),
})

function tracesOf(
  files: RunFiles,
  o: { readonly host: string; readonly machine: Machine | null },
  clock: HostClock | null,
  refs: readonly RecordingRef[],
): HostTraces | null {
  const phases = files.record.phases
  const rate = refs[0]?.rate
  if (clock === null || phases.length === 0 || rate === undefined) return null
  const window = {
    from: clock.toMono(Math.min(...phases.map(p => p.start))),
    to: clock.toMono(Math.max(...phases.map(p => p.end))),
  }
  return window.to > window.from ? hostTraces({ ...o, window, interval: 1e6 / rate }) : null
}

async function measureRecording(
  run: RunArchive,
  files: RunFiles,
  o: { readonly ref: RecordingRef; readonly windows: readonly Window[]; readonly traces: HostTraces | null },
  parts: DeriveParts,
): Promise<MeasuredRecording> {
  const interval = 1e6 / o.ref.rate
  const meter = recordingMeter({
    windows: o.windows,
    interval,
    threads: factsOf(files, o.ref.host)?.cpu.threads ?? Number.NaN,
    trace: o.traces ?? { cpu() {}, energy() {} },
  })
  const findings: Finding[] = []
  let resolution = 0
  let end: Ending = { end: 'died', reason: 'the recording has no end' }
  if (await run.exists(o.ref.path)) {
    for await (const part of readRecording(run, files, o.ref, parts)) {
      if (part.item === 'slice') meter.slice(part.ticks, part.batches)
      else if (part.item === 'findings') findings.push(...part.findings)
      else if (part.item === 'header') resolution = part.monoResolution + part.wallResolution
      else if (part.item === 'end') end = endingOf(part.reason)
      else end = { end: 'died', reason: `the recording is broken at byte ${part.offset}: ${part.reason}` }
    }
  } else end = { end: 'died', reason: `${o.ref.path} is not in the archive` }
  const measure = meter.result()
  return {
    ref: o.ref,
    measure,
    resolution,
    findings,
    facts: {
      host: o.ref.host,
      part: o.ref.part,
      bytes: o.ref.bytes,
      ...(end.end === 'stopped' && o.ref.end !== 'stopped' ? endingOf(o.ref.end) : end),
      latenessP99Micros: measure.ticks.latenessP99,
      intervalMicros: interval,
    },
  }
}

type Ending = Pick<RecordingFacts, 'end' | 'reason'>

function endingOf(end: RecordingRef['end']): Ending {
  if (end === 'stopped') return { end, reason: 'stopped' }
  if (end === 'full') return { end, reason: 'its buffer was full' }
  return { end: 'died', reason: end === 'deadline' ? 'it ran into its deadline' : 'it was gone' }
}

function bestCovered(measures: readonly (StretchMeasure | undefined)[]): StretchMeasure | null {
  return measures.reduce<StretchMeasure | null>(
    (best, m) => (m !== undefined && m.covered > (best?.covered ?? 0) ? m : best),
    null,
  )
}
