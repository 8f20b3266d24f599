import { type Batch, READING, type Series } from '../../../harness/model/batch.ts'

const SERIES: Series = {
  measurement: 'energy',
  field: 'energy',
  unit: 'µJ',
  kind: 'counter',
  host: 'sut',
  source: 'rapl',
  instance: 'package-0',
}

/** A slice of one series; a null value is a reading of state error. Times are µs. */
export function batchOf(
  times: readonly number[],
  values: readonly (number | null)[],
  of: Partial<Series> = {},
): Batch {
  return {
    series: { ...SERIES, ...of },
    wall: Float64Array.from(times),
    mono: Float64Array.from(times),
    values: Float64Array.from(values.map(v => v ?? Number.NaN)),
    state: Uint8Array.from(values.map(v => (v === null ? READING.error : READING.ok))),
    base: '0',
  }
}
