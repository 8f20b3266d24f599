import { type Batch, READING, type Series } from '../../../harness/model/batch.ts'

export interface SyntheticHost {
  readonly host: string
  readonly cores: number
  readonly disks?: number
  readonly interfaces?: number
  readonly ticks: number
  /** First tick, µs. */
  readonly start: number
}

const CPU = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice']
const MEMORY = ['total', 'available', 'used', 'cached', 'dirty', 'swap_used']
const DISK = ['read_bytes', 'write_bytes', 'reads', 'writes', 'read_time', 'write_time', 'io_time']
const NET = [
  'receive_bytes',
  'transmit_bytes',
  'receive_packets',
  'transmit_packets',
  'receive_errors',
  'transmit_errors',
  'receive_drops',
  'transmit_drops',
]

/** Series as the collectors make them (docs/collectors.md). */
export function syntheticSeries(o: SyntheticHost): readonly Series[] {
  const one = (
    measurement: Series['measurement'],
    field: string,
    instance: string,
    kind: Series['kind'] = 'counter',
  ): Series => ({
    measurement,
    field,
    unit: '1',
    kind,
    host: o.host,
    source: measurement === 'energy' ? 'rapl' : measurement,
    instance,
  })
  const named = (prefix: string, count: number): string[] => [
    'total',
    ...Array.from({ length: count }, (_, i) => `${prefix}${i}`),
  ]
  return [
    ...named('', o.cores).flatMap(core => CPU.map(field => one('cpu', field, core))),
    ...MEMORY.map(field => one('memory', field, 'total', 'gauge')),
    ...named('sd', o.disks ?? 1).flatMap(disk => DISK.map(field => one('disk', field, disk))),
    ...named('eth', o.interfaces ?? 1).flatMap(net => NET.map(field => one('net', field, net))),
    ...['cpu', 'memory', 'io'].flatMap(kind => ['some', 'full'].map(field => one('pressure', field, kind))),
    one('energy', 'energy', 'package-0'),
    one('footprint', 'cpu', 'recorder'),
  ]
}

/** Readings of all series in slices of 100 ticks: exact large counters, awkward floats, and some readings that are absent or failed. */
export async function* syntheticBatches(o: SyntheticHost): AsyncIterable<readonly Batch[]> {
  const series = syntheticSeries(o)
  for (let from = 0; from < o.ticks; from += 100) {
    const length = Math.min(100, o.ticks - from)
    yield series.map((one, index) => {
      const wall = Float64Array.from({ length }, (_, i) => o.start + (from + i) * 1_000_003)
      const state = Uint8Array.from({ length }, (_, i) =>
        ((from + i) * 7 + index) % 23 === 0 ? READING.error : READING.ok,
      )
      const values = Float64Array.from({ length }, (_, i) => {
        if (state[i] !== READING.ok) return Number.NaN
        const tick = from + i
        return one.kind === 'counter' ? tick * 9_007 + index : awkward(tick, index)
      })
      return {
        series: one,
        wall,
        mono: wall,
        values,
        state,
        base: one.kind === 'counter' ? '9007199254740993' : '0',
      }
    })
  }
}

/** Floats whose text must be exact to come back. */
function awkward(tick: number, index: number): number {
  const picked = [0.1, -0, 1e21, 5e-324, 1.7976931348623157e308, 123456789012345680, 1 / 3, -2.5e-9]
  return picked[(tick + index) % picked.length] ?? 0
}
