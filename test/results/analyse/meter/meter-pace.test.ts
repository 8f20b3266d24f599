import { expect, test } from 'vitest'
import { type Batch, READING } from '../../../../harness/model/batch.ts'
import { goodReadings, pace } from '../../../../results/analyse/meter/meter-pace.ts'

const SERIES: Batch['series'] = {
  measurement: 'power',
  field: 'power',
  unit: 'W',
  kind: 'gauge',
  host: 'web',
  source: 'bmc',
  instance: 'total',
}

/** Asked every second. null: an error. */
const batch = (values: readonly (number | null)[]): Batch => ({
  series: SERIES,
  wall: Float64Array.from(values, (_, i) => i * 1e6),
  mono: Float64Array.from(values, (_, i) => i * 1e6),
  values: Float64Array.from(values, v => v ?? Number.NaN),
  state: Uint8Array.from(values, v => (v === null ? READING.error : READING.ok)),
  base: '0',
})
const every = (seconds: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => 100 + Math.floor(i / seconds))

test('a meter that keeps its reading for some time is told by that time, whatever is asked between', () => {
  expect(pace([batch(every(4, 60))])).toEqual({ seconds: 4, atMost: false })
})

test('one that says something new each time may be faster, which is said', () => {
  expect(pace([batch(every(1, 60))])).toEqual({ seconds: 1, atMost: true })
})

test('of several instances the slowest counts, and one that hardly ever changes makes it unknown', () => {
  expect(pace([batch(every(2, 60)), batch(every(5, 60))])).toEqual({ seconds: 5, atMost: false })
  expect(pace([batch(every(2, 60)), batch(every(20, 60))])).toBeNull()
  expect(pace([])).toBeNull()
})

test('errors are no changes', () => {
  const torn = every(4, 60).map((v, i) => (i % 4 === 2 ? null : v))
  expect(pace([batch(torn)])).toEqual({ seconds: 4, atMost: false })
  expect(goodReadings([batch(torn), batch(every(1, 60))])).toBe(45)
})
