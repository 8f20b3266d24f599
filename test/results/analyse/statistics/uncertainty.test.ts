import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  combined,
  differenceParts,
  meterParts,
  scaleParts,
  sumParts,
} from '../../../../results/analyse/statistics/uncertainty.ts'

const parts = (instrument: number | null, clock = 0) => ({
  repetition: null,
  instrument,
  model: 0,
  attribution: 0,
  clock,
})
const meter = { source: 'pdu', kind: 'wall-meter', class: 'E2', scope: 'wall AC, 1 server' } as const

test('parts are combined as a root of squares, and not at all when one is not known', () => {
  expect(combined({ repetition: 3, instrument: 4, model: 0, attribution: 0, clock: 12 })).toBe(13)
  expect(combined({ repetition: 3, instrument: null, model: 0, attribution: 0, clock: 0 })).toBeNull()
})

test('the limit of a class stands for a standard uncertainty of limit / √3; an unqualified sensor has none', () => {
  const o = { joules: -1000, seconds: 100, edge: 0.01 }
  expect(meterParts(meter, o).instrument).toBeCloseTo(20 / Math.sqrt(3), 9)
  expect(meterParts(meter, o).clock).toBeCloseTo((10 * 0.01 * Math.SQRT2) / Math.sqrt(3), 9)
  expect(meterParts({ ...meter, class: 'E0' }, o)).toMatchObject({ instrument: null, attribution: 0 })
  expect(meterParts({ ...meter, kind: 'provider-attributed' }, o).attribution).toBeNull()
})

test('the error of one instrument adds up over windows, that of edges as a root of squares', () => {
  expect(sumParts([parts(3, 3), parts(4, 4)])).toMatchObject({ instrument: 7, clock: 5 })
  expect(sumParts([parts(3), parts(null)])).toMatchObject({ instrument: null })
})

test('a difference of two nearly equal figures of one instrument is as uncertain as one of them, not sure', () => {
  const known = differenceParts(parts(2, 3), parts(1.5, 4), 1)
  expect(known.instrument).toBeCloseTo(Math.sqrt(4 + 2.25 - 3), 12)
  expect(known.clock).toBe(5)
  expect(differenceParts(parts(2), parts(1), 2).instrument).toBeCloseTo(2, 12)
  expect(differenceParts(parts(2), parts(0), 2).instrument).toBe(2)
  expect(differenceParts(parts(2), parts(null), 2).instrument).toBeNull()
})

test('an instrument’s share in a difference never tends to none', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 10, noNaN: true }),
      (e, b) => {
        const { instrument } = differenceParts(parts(e), parts(e * b), 1)
        expect(instrument).toBeGreaterThanOrEqual(e * Math.sqrt(0.75) - 1e-9)
      },
    ),
  )
})

test('another unit is another number', () => {
  expect(scaleParts(parts(2, 4), -0.5)).toMatchObject({ instrument: 1, clock: 2, repetition: null })
})
