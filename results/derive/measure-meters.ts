import { READING } from '../../harness/model/batch.ts'
import type { Finding } from '../../harness/model/finding.ts'
import {
  type BoundMeter,
  heldAt,
  type MeterNature,
  MeterReading,
  meterFile,
  type PlannedMeter,
} from '../../harness/model/meter.ts'
import type { Plan } from '../../harness/model/plan.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import { differences } from '../analyse/integrate/counter.ts'
import { type MeterPoint, type MeterSeries, meterSeries } from '../analyse/meter/meter-series.ts'
import { meterSums } from '../analyse/meter/meter-sums.ts'
import type { TraceSink } from '../analyse/recording/recording-meter.ts'
import type { SeriesSum } from '../analyse/recording/stretch-meter.ts'
import type { RunArchive } from '../archive/archive.ts'
import type { DeriveParts } from './parts.ts'
import { readLines, unreadable } from './read-json.ts'

/** A meter of the plan as it was read in one run, of one host. */
export interface MeterMeasure {
  readonly meter: PlannedMeter
  readonly host: string
  readonly nature: MeterNature
  readonly series: MeterSeries
  /** One list per stretch that was asked for. */
  readonly sums: readonly (readonly SeriesSum[])[]
  /** Half the longest time that an answer took in any of the stretches, s: how well it is known when it holds. */
  readonly doubtSeconds: number
  readonly findings: readonly Finding[]
}

/** Every meter that feeds a host of the run's target, once for each of its hosts. */
export async function measureMeters(
  run: RunArchive,
  plan: Plan,
  o: { readonly target: string; readonly stretches: readonly PhaseRecord[] },
  parts: Pick<DeriveParts, 'meters'>,
): Promise<readonly MeterMeasure[]> {
  const measures: MeterMeasure[] = []
  for (const meter of plan.meters ?? []) {
    const behind = meter.behind.filter(({ target }) => target === o.target)
    if (behind.length === 0) continue
    const read = await readMeter(run, meter, parts)
    for (const { host, instances } of behind)
      measures.push(measureOne({ meter, host, instances, read, stretches: o.stretches }))
  }
  return measures
}

interface MeterRead {
  readonly nature: MeterNature
  readonly bound: BoundMeter
  readonly readings: readonly MeterReading[]
  readonly points: readonly MeterPoint[]
  /** Its file has not been brought in, or has no row of this run. */
  readonly missing: boolean
  readonly unread: Finding | null
}

async function readMeter(
  run: RunArchive,
  meter: PlannedMeter,
  parts: Pick<DeriveParts, 'meters'>,
): Promise<MeterRead> {
  const path = meterFile(meter.id)
  const kind = parts.meters.get(meter.kind)
  if (kind === undefined) throw unreadable(run.id, path, `there is no kind of meter ${meter.kind} here`)
  const bound = kind.bind(meter.settings)
  // One that never answered stays the meter of its host: another does not take its place in silence.
  const late = kind.link === 'file'
  const readings = late
    ? await attachedReadings(run, meter.id)
    : (await run.exists(path))
      ? await readLines(run, path, MeterReading)
      : []
  let unread = 0
  let reason = ''
  const points = readings.map((reading): MeterPoint => {
    const values = 'said' in reading ? valuesOf(bound, reading.said) : null
    if (typeof values === 'string') {
      unread += 1
      reason = values
    }
    return { at: heldAt(reading), values: typeof values === 'string' ? null : values }
  })
  const { id } = meter
  return {
    nature: natureOf(meter, bound),
    bound,
    readings,
    points: points.sort((a, b) => a.at - b.at),
    missing: late && readings.length === 0,
    unread:
      unread === 0
        ? null
        : {
            code: 'METER_FAULT',
            collector: id,
            values: { meter: id, fault: 'garbage', times: unread, asked: readings.length, reason },
          },
  }
}

const attachedReadings = async (run: RunArchive, meter: string): Promise<readonly MeterReading[]> =>
  (await run.attached.exists(meter))
    ? readLines({ id: run.id, read: run.attached.read }, meter, MeterReading)
    : []

/** Text: why it can't be read. */
function valuesOf(
  bound: BoundMeter,
  said: Parameters<BoundMeter['read']>[0],
): ReturnType<BoundMeter['read']> | string {
  try {
    return bound.read(said)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What the plan says goes before what its kind says. */
function natureOf(meter: PlannedMeter, { nature }: BoundMeter): MeterNature {
  return {
    kind: meter.source ?? nature.kind,
    scope: meter.scope ?? nature.scope,
    reads: meter.reads ?? nature.reads,
    take: meter.take ?? nature.take,
    ...(nature.resolution === undefined ? {} : { resolution: nature.resolution }),
    ...(nature.pushed === undefined ? {} : { pushed: nature.pushed }),
  }
}

function measureOne(o: {
  readonly meter: PlannedMeter
  readonly host: string
  readonly instances: readonly string[] | null
  readonly read: MeterRead
  readonly stretches: readonly PhaseRecord[]
}): MeterMeasure {
  const { meter, host, instances, read } = o
  const { bound, readings, points, unread } = read
  const series = meterSeries({ meter: meter.id, host, take: read.nature.take, instances }, points)
  const came = series.batches.filter(batch => batch.mono.length > 0).map(batch => batch.series.instance)
  const nature = { ...read.nature, scope: meter.scope ?? bound.scopeOf?.(came) ?? read.nature.scope }
  const windows = o.stretches.map(({ start, end }) => ({ from: start, to: end }))
  const inside = readings.filter(({ at }) => windows.some(({ from, to }) => at >= from && at <= to))
  return {
    meter,
    host,
    nature: series.synthetic === null ? nature : { ...nature, kind: 'synthetic' },
    series,
    sums: meterSums(series, windows, { interval: meter.seconds * 1e6, reads: nature.reads }),
    doubtSeconds:
      nature.pushed === true
        ? longestBetween(inside)
        : inside.reduce((most, { took }) => Math.max(most, took / 2e6), 0),
    findings: [
      ...(read.missing ? [unattachedOf(meter.id, host)] : series.findings),
      ...(unread === null ? [] : [{ ...unread, host }]),
      ...(series.synthetic === null ? [] : [syntheticOf(meter.id, host, series.synthetic)]),
    ],
  }
}

/** What is pushed may be as old as the time since the message before it, s. */
const longestBetween = (readings: readonly MeterReading[]): number =>
  readings.slice(1).reduce((most, { at }, i) => Math.max(most, (at - (readings[i]?.at ?? at)) / 1e6), 0)

const unattachedOf = (meter: string, host: string): Finding => ({
  code: 'METER_UNATTACHED',
  collector: meter,
  host,
  values: { meter, host },
})

const syntheticOf = (meter: string, host: string, reason: string): Finding => ({
  code: 'METER_SYNTHETIC',
  collector: meter,
  host,
  values: { meter, host, reason },
})

/**
 * Draws what a meter said into the traces of its host.
 * @param toMono controller's time to the host's boot clock, µs
 */
export function traceMeter(
  { meter, series, nature }: MeterMeasure,
  trace: TraceSink,
  toMono: (at: number) => number,
): void {
  for (const batch of series.batches) {
    const { instance, kind } = batch.series
    const put = (from: number, to: number, microjoules: number | null): void =>
      trace.energy(meter.id, instance, toMono(from), toMono(to), microjoules)
    if (kind === 'counter') {
      differences(put)(batch)
      continue
    }
    for (let i = 1; i < batch.mono.length; i += 1) {
      const [from, to] = [batch.mono[i - 1] as number, batch.mono[i] as number]
      const good = batch.state[i] === READING.ok && batch.state[i - 1] === READING.ok
      const [last, value] = [batch.values[i - 1] as number, batch.values[i] as number]
      const watts = nature.reads === 'instant' ? (last + value) / 2 : value
      put(from, to, good ? watts * (to - from) : null)
    }
  }
}
