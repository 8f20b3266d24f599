import { type Batch, READING, seriesKey } from '../model/batch.ts'
import type { Plan } from '../model/plan.ts'
import type { RunRecord } from '../model/run.ts'
import { type Point, type Printed, printLine, printSeries, printTime, printValue } from './line.ts'
import type { Refusal } from './refusal.ts'
import { type UniqueTimes, uniqueTimes } from './unique-times.ts'

/**
 * Most series (measurement, field and tags) of one run in InfluxDB. Two machines of 256 cores, 32 disks and 32 interfaces each make about 6,300
 * (docs/influxdb.md); a run beyond the bound is a mistake that would cripple the server, so what is above it is refused here.
 */
export const MAX_SERIES_PER_RUN = 50_000

/** What all points of a run say of it. */
export interface RunTags {
  readonly campaign: string
  readonly run: string
  readonly target: string
  readonly workload: string
  /** host id → `sut`, `loadgen`, `sut+loadgen`, … */
  readonly roles: ReadonlyMap<string, string>
}

/** Lines ready to be sent, and what can't be. */
export interface RunLines {
  readonly lines: readonly string[]
  readonly refused: readonly Refusal[]
}

export function runTags(campaign: string, plan: Plan, record: RunRecord): RunTags {
  const target = plan.targets.find(({ id }) => id === record.target)
  const roles = new Map(target?.hosts.map(host => [host.id, [...new Set(host.roles)].join('+')]))
  return { campaign, run: record.id, target: record.target, workload: record.workload, roles }
}

/** Turns batches and ready points of one run into lines. Only valid readings (state ok) are points; each is a line or is refused. */
export interface RunPrinter {
  batch(batch: Batch): RunLines
  point(point: Point): RunLines
  /** Different series so far. */
  series(): number
}

export function runPrinter(tags: RunTags, maxSeries = MAX_SERIES_PER_RUN): RunPrinter {
  const times = uniqueTimes()
  const names = new Set<string>()

  function admit(key: string): boolean {
    if (names.has(key)) return true
    if (names.size >= maxSeries) return false
    names.add(key)
    return true
  }

  return {
    batch(batch) {
      const { series } = batch
      const key = seriesKey(series)
      const printed = admit(key)
        ? printSeries(seriesOf(tags, batch))
        : { reason: `more than ${maxSeries} series in the run` }
      return collect(series, batch.values.length, index =>
        batch.state[index] === READING.ok ? printReading({ printed, batch, index, key, times }) : null,
      )
    },

    point(point) {
      const key = `ready|${JSON.stringify([point.measurement, point.field, point.tags])}`
      return collect(point, 1, () => {
        if (!admit(key)) return { reason: `more than ${maxSeries} series in the run` }
        const printed = printLine(point)
        if ('reason' in printed) return printed
        return times.take('', key, point.time) ? printed : DUPLICATE
      })
    },

    series: () => names.size,
  }
}

const DUPLICATE = { reason: 'the series has a value at this time already' }

function seriesOf(tags: RunTags, { series }: Batch): Pick<Point, 'measurement' | 'field' | 'tags'> {
  return {
    measurement: series.measurement,
    field: series.field,
    tags: {
      campaign: tags.campaign,
      run: tags.run,
      target: tags.target,
      workload: tags.workload,
      host: series.host,
      role: tags.roles.get(series.host) ?? '',
      source: series.source,
      instance: series.instance,
    },
  }
}

interface Reading {
  readonly printed: Printed
  readonly batch: Batch
  readonly index: number
  readonly key: string
  readonly times: UniqueTimes
}

function printReading({ printed, batch, index, key, times }: Reading): Printed {
  if ('reason' in printed) return printed
  const value = printNumber(batch, batch.values[index] ?? Number.NaN)
  if ('reason' in value) return value
  const wall = batch.wall[index] ?? Number.NaN
  const time = printTime(wall)
  if ('reason' in time) return time
  if (!times.take(batch.series.host, key, wall)) return DUPLICATE
  return { text: `${printed.text}${value.text} ${time.text}` }
}

/** A counter's absolute value, exact; a gauge as it is. */
function printNumber({ series, base }: Batch, value: number): Printed {
  if (series.kind === 'gauge') return printValue({ type: 'float', value })
  if (!Number.isSafeInteger(value)) return { reason: 'a counter that is not a whole number below 2^53' }
  if (!/^-?\d{1,30}$/.test(base)) return { reason: 'a counter whose base is not a whole number' }
  return printValue({ type: 'integer', value: BigInt(base) + BigInt(value) })
}

function collect(
  family: { readonly measurement: string; readonly field: string },
  count: number,
  print: (index: number) => Printed | null,
): RunLines {
  const lines: string[] = []
  const reasons = new Map<string, number>()
  for (let index = 0; index < count; index += 1) {
    const printed = print(index)
    if (printed === null) continue
    if ('text' in printed) lines.push(printed.text)
    else reasons.set(printed.reason, (reasons.get(printed.reason) ?? 0) + 1)
  }
  const { measurement, field } = family
  const refused = [...reasons].map(
    ([reason, points]): Refusal => ({ measurement, field, by: 'here', reason, points }),
  )
  return { lines, refused }
}
