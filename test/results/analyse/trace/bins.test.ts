import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bins, binValue, centres, MAX_BINS } from '../../../../results/analyse/trace/bins.ts'

const window = { from: 0, to: 10e6 }

test('no more bins than readings, and never more than 600', () => {
  expect(bins(window, 1e6).count).toBe(10)
  expect(bins({ from: 0, to: 86_400e6 }, 1e5).count).toBe(MAX_BINS)
  expect(centres(bins(window, 1e6), window).slice(0, 2)).toEqual([0.5, 1.5])
})

test('nothing is lost between bins', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9e6 }),
      fc.integer({ min: 1, max: 10e6 }),
      fc.integer({ min: 1, max: 40 }),
      (from, length, count) => {
        const of = bins(window, 10e6 / count)
        of.add(from, from + length, 1000)
        const sum = Array.from({ length: of.count }, (_, i) => of.at(i).amount).reduce((a, b) => a + b, 0)
        expect(sum).toBeCloseTo((1000 * (Math.min(10e6, from + length) - from)) / length, 6)
      },
    ),
  )
})

test('a bin that is covered by less than half has no value', () => {
  const of = bins(window, 1e6)
  of.add(0, 1.4e6, 14)
  of.add(4e6, 5e6, null)
  const values = [0, 1, 4].map(i => binValue(of, i, window, (amount, covered) => (amount * 1e6) / covered))
  expect(values).toEqual([10, null, null])
})
