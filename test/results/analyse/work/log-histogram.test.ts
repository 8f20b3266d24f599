import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { logHistogram, RELATIVE_ERROR } from '../../../../results/analyse/work/log-histogram.ts'

test('every quantile is within 1 % of the value of that rank', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, p) => {
        const histogram = logHistogram()
        for (const value of values) histogram.add(value)
        const sorted = [...values].sort((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(p * values.length)) - 1] as number
        expect(Math.abs(histogram.quantile(p) - exact)).toBeLessThanOrEqual(
          exact * RELATIVE_ERROR * (1 + 1e-9),
        )
      },
    ),
  )
})

test('mean, largest and number are exact, and zero is a value', () => {
  const histogram = logHistogram()
  for (const value of [0, 10, 50]) histogram.add(value)
  expect([histogram.n, histogram.mean(), histogram.max(), histogram.quantile(0.01)]).toEqual([
    3,
    20,
    50,
    expect.closeTo(0, 2),
  ])
})

test('nothing that is not a latency is taken', () => {
  expect(() => logHistogram().add(-1)).toThrow(RangeError)
  expect(() => logHistogram().add(Number.NaN)).toThrow(RangeError)
  expect(() => logHistogram().quantile(0.5)).toThrow(RangeError)
})
