import { type Batch, READING, type ReadingState, type Series } from '../../../harness/model/batch.ts'
import type { Finding } from '../../../harness/model/finding.ts'
import { type MeterFigure, type MeterValue, MOST_WATTS } from '../../../harness/model/meter.ts'

/** What a meter said at one time of the controller, µs; null: nothing, or nothing that can be read. */
export interface MeterPoint {
  readonly at: number
  readonly values: readonly MeterValue[] | null
}

type Quantity = 'power' | 'energy'

/** Series of a meter for one host. */
export interface MeterSeries {
  /** One per instance, at the controller's time (wall and mono are that). */
  readonly batches: readonly Batch[]
  /**
   * Step in which each counter counts where it stood still between some readings, by instance, µJ; 0: it moved between all of them.
   */
  readonly quanta: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
  /** Why its figures are known to be made up; null: they are not known to be. */
  readonly synthetic: string | null
}

/** A reading that stands for so long, s, and for so many readings, is said to be frozen. */
const FROZEN_SECONDS = 60
const FROZEN_READINGS = 10

/**
 * Puts what a meter said in order: one series for each of the host's instances. What is no figure is an error where power is read, and no reading
 * where a counter is: the difference across it is exact. Both are counted. A counter that falls, or grows beyond what any machine takes, is broken
 * there. One that never moves has no figure, and neither has an instance that was asked for and never came.
 *
 * @param o.instances those of this host; null: all
 * @param o.take what energy is taken from; the other where the meter never gave that
 */
export function meterSeries(
  o: {
    readonly meter: string
    readonly host: string
    readonly take: Quantity
    readonly instances: readonly string[] | null
  },
  points: readonly MeterPoint[],
): MeterSeries {
  const all = points.flatMap(({ values }) => values ?? [])
  const gave = (quantity: Quantity): boolean => all.some(value => value[quantity] !== undefined)
  const other: Quantity = o.take === 'power' ? 'energy' : 'power'
  const quantity = gave(o.take) || !gave(other) ? o.take : other
  const seen = [...new Set(all.filter(value => value[quantity] !== undefined).map(value => value.instance))]
  const wanted = o.instances ?? (seen.length === 0 ? ['total'] : seen)
  const about = { collector: o.meter, host: o.host }
  const findings: Finding[] = wanted
    .filter(instance => !seen.includes(instance))
    .map(instance => ({
      code: 'SENSOR_ABSENT',
      ...about,
      values: { ...about, reason: `it never said anything of ${instance}` },
    }))
  const quanta = new Map<string, number>()
  const batches = wanted.map(instance => {
    const read = points.map(({ at, values }) => ({
      at,
      figure: values?.find(value => value.instance === instance)?.[quantity],
    }))
    const track =
      quantity === 'power' ? powerTrack(read as Read<number>[]) : energyTrack(read as Read<bigint>[])
    quanta.set(instance, track.quantum)
    findings.push(...track.findings.map(found => named(found, { ...about, instance, quantity })))
    return batchOf({ ...about, instance, quantity }, track)
  })
  return { batches, quanta, findings, synthetic: all.find(v => v.synthetic !== undefined)?.synthetic ?? null }
}

interface Read<T> {
  readonly at: number
  readonly figure: MeterFigure<T> | undefined
}

interface Track {
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly states: readonly ReadingState[]
  readonly base: string
  readonly quantum: number
  readonly findings: readonly Found[]
}

type Found = Pick<Finding, 'code' | 'values'>

function named(
  found: Found,
  about: Readonly<Record<'collector' | 'host' | 'instance' | 'quantity', string>>,
): Finding {
  const { collector, host, instance, quantity } = about
  return {
    code: found.code,
    collector,
    host,
    values: { meter: collector, collector, host, instance, quantity, ...found.values },
  }
}

function powerTrack(read: readonly Read<number>[]): Track {
  const there = read.filter(one => one.figure !== undefined)
  const watts = there.map(({ figure }) =>
    figure !== undefined && 'value' in figure ? figure.value : Number.NaN,
  )
  return {
    times: there.map(one => one.at),
    values: watts,
    states: watts.map(value => (Number.isNaN(value) ? READING.error : READING.ok)),
    base: '0',
    quantum: 0,
    findings: [...flaws(read), ...frozen(read)],
  }
}

function energyTrack(read: readonly Read<bigint>[]): Track {
  const good = read.flatMap(({ at, figure }) =>
    figure !== undefined && 'value' in figure ? [{ at, value: figure.value }] : [],
  )
  const times: number[] = []
  const values: number[] = []
  const states: ReadingState[] = []
  let sum = 0
  let still = 0
  let smallest = Number.POSITIVE_INFINITY
  let resets = 0
  for (const [i, { at, value }] of good.entries()) {
    const last = good[i - 1]
    const grew = last === undefined ? 0 : Number(value - last.value)
    const broken = grew < 0 || (last !== undefined && grew > MOST_WATTS * (at - last.at))
    if (broken) resets += 1
    else sum += grew
    if (last !== undefined && grew === 0) still += 1
    if (!broken && grew > 0) smallest = Math.min(smallest, grew)
    times.push(at)
    values.push(broken ? Number.NaN : sum)
    states.push(broken ? READING.error : READING.ok)
  }
  const moves = Number.isFinite(smallest)
  for (const i of stalled(times, values)) {
    values[i] = Number.NaN
    states[i] = READING.error
  }
  return {
    times,
    values: moves ? values : values.map(() => Number.NaN),
    states: moves ? states : states.map(() => READING.error),
    base: String(good[0]?.value ?? 0n),
    quantum: moves && still > 0 ? smallest : 0,
    findings: [
      ...flaws(read),
      ...frozen(read),
      ...(resets === 0
        ? []
        : [
            {
              code: 'COUNTER_RESET',
              values: { times: resets, reason: 'it fell, or grew faster than any machine takes power' },
            } as const,
          ]),
    ],
  }
}

/** It stands still for longer than this many times the usual. */
const STALL = 3

/**
 * Readings after the last change of a counter that hangs: it goes on being shown, and what was used meanwhile is not known. A coarse counter
 * steps seldom, so it is its own usual time between changes that counts.
 */
function stalled(times: readonly number[], values: readonly number[]): readonly number[] {
  const good = values.map((value, i) => ({ value, i })).filter(({ value }) => !Number.isNaN(value))
  const changes = good.filter(({ value }, k) => k === 0 || value !== good[k - 1]?.value)
  const at = (i: number | undefined): number => times[i ?? -1] ?? Number.NaN
  const between = changes
    .slice(1)
    .map(({ i }, k) => at(i) - at(changes[k]?.i))
    .toSorted((a, b) => a - b)
  const usual = between.length < 3 ? Number.POSITIVE_INFINITY : (between[between.length >> 1] ?? Number.NaN)
  const limit = Math.max(FROZEN_SECONDS * 1e6, STALL * usual)
  return changes.flatMap(({ i: first }, k) => {
    const next = changes[k + 1]?.i ?? Number.POSITIVE_INFINITY
    const still = good.filter(({ i }) => i > first && i < next).map(({ i }) => i)
    return at(still.at(-1)) - at(first) >= limit ? still : []
  })
}

function flaws(read: readonly Read<unknown>[]): readonly Found[] {
  const times = new Map<string, number>()
  for (const { figure } of read)
    if (figure !== undefined && 'flaw' in figure) times.set(figure.flaw, 1 + (times.get(figure.flaw) ?? 0))
  return [...times].map(([flaw, count]) => ({
    code: 'METER_FLAW',
    values: { flaw, times: count, readings: read.length },
  }))
}

/** The longest stretch in which the reading did not change at all. */
function frozen(read: readonly Read<number | bigint>[]): readonly Found[] {
  let since = Number.NaN
  let last: number | bigint | null = null
  let count = 0
  let longest = 0
  for (const { at, figure } of read) {
    if (figure === undefined || !('value' in figure)) continue
    if (figure.value === last) count += 1
    else {
      since = at
      last = figure.value
      count = 1
    }
    if (count >= FROZEN_READINGS) longest = Math.max(longest, (at - since) / 1e6)
  }
  return longest >= FROZEN_SECONDS ? [{ code: 'METER_FROZEN', values: { seconds: longest } }] : []
}

function batchOf(
  about: {
    readonly collector: string
    readonly host: string
    readonly instance: string
    readonly quantity: Quantity
  },
  track: Track,
): Batch {
  const counts = about.quantity === 'energy'
  const series: Series = {
    measurement: about.quantity,
    field: about.quantity,
    unit: counts ? 'µJ' : 'W',
    kind: counts ? 'counter' : 'gauge',
    host: about.host,
    source: about.collector,
    instance: about.instance,
  }
  const times = Float64Array.from(track.times)
  return {
    series,
    wall: times,
    mono: times,
    values: Float64Array.from(track.values),
    state: Uint8Array.from(track.states),
    base: track.base,
  }
}
