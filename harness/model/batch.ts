/** Measurements in the archive and in InfluxDB: one per kind of reading. */
export type Measurement =
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'net'
  | 'pressure'
  | 'power'
  | 'energy'
  | 'load'
  | 'cgroup'
  | 'node'
  | 'footprint'

/** What identifies a line of values. Tags are few and of low cardinality. */
export interface Series {
  readonly measurement: Measurement
  readonly field: string
  /** Base unit: µs, B, µJ, W, 1 (a count), ratio. */
  readonly unit: string
  /** counter: only grows, differences count; gauge: the value counts. Counters are integers, gauges floats in InfluxDB. */
  readonly kind: 'counter' | 'gauge'
  readonly host: string
  /** Collector id. */
  readonly source: string
  /** Core, disk, interface, zone, service, `total`. */
  readonly instance: string
  /**
   * Counters that wrap at a known maximum (µJ for RAPL), as the machine states it; absent: does not wrap. For information: in a Batch
   * wraps are already undone.
   */
  readonly wrapsAt?: number
}

export const READING = { ok: 0, absent: 1, error: 2 } as const
export type ReadingState = (typeof READING)[keyof typeof READING]

/**
 * A bounded slice of one series. All arrays have equal length and are in the order of recording; every series of slice k comes before
 * slice k+1. For a counter the first good reading of the recording was subtracted as BigInt: its absolute value is base + values[i],
 * exact as long as the difference is below 2^53. values[i] is NaN where state[i] is not ok.
 *
 * Counters are monotone over a recording: the parser has undone wraps. Their breaks: a reading of state error or absent says that what
 * happened between the good readings on either side of it is not known (the counter was reset, the wrap's maximum could not be read, the
 * file could not be read, a device came anew). The values go on from the last good one, so a difference across such a reading is too
 * small by an unknown amount: treat the time from the good reading before to the good reading after as a gap that is not bridged. A
 * tick that is missing altogether (no reading in the arrays) is bridged: the difference across it is exact.
 *
 * Instances: `total` where a collector sums (cpu, disk, network); take it or the single ones, never both. docs/collectors.md lists every
 * measurement, field, unit and instance.
 */
export interface Batch {
  readonly series: Series
  /** Host's CLOCK_REALTIME, µs. */
  readonly wall: Float64Array
  /** Host's CLOCK_BOOTTIME, µs. */
  readonly mono: Float64Array
  readonly values: Float64Array
  readonly state: Uint8Array
  /** Counters: the first good reading as decimal text; gauges: '0'. */
  readonly base: string
}

/** A series' key as one text, the same in every process. */
export const seriesKey = (s: Series): string =>
  [s.measurement, s.field, s.host, s.source, s.instance]
    .map(part => part.replaceAll('\\', '\\\\').replaceAll('|', '\\|'))
    .join('|')
