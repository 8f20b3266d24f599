import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { logHistogram } from '../../../../results/analyse/work/log-histogram.ts'
import { tenthsOf } from '../../../../results/analyse/work/tenths.ts'
import { workSum } from '../../../../results/analyse/work/window-work.ts'

const WINDOW = { from: 100, to: 1100 }

test('a piece counts in the tenth in which it ends, one with a start in each by its part', () => {
  const tenths = tenthsOf(WINDOW)
  tenths.add({ at: 100, units: 1, ok: true })
  tenths.add({ at: 1099, units: 2, ok: false })
  tenths.add({ at: 1100, units: 5, ok: true })
  tenths.add({ from: 250, at: 450, units: 4, ok: true })
  expect(tenths.result()).toEqual([1, 1, 2, 1, 0, 0, 0, 0, 0, 2])
})

test('tenths add up to the window', () => {
  const piece = fc.record({
    at: fc.integer({ min: 0, max: 1300 }),
    length: fc.option(fc.integer({ min: 1, max: 900 })),
    units: fc.integer({ min: 1, max: 9 }),
    ok: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const tenths = tenthsOf(WINDOW)
      const sum = workSum(WINDOW, logHistogram())
      for (const { length, ...work } of pieces) {
        const whole = length === null ? work : { ...work, from: work.at - length }
        tenths.add(whole)
        sum.add(whole)
      }
      const all = tenths.result()?.reduce((a, b) => a + b, 0)
      const { units, failed } = sum.result() ?? { units: Number.NaN, failed: 0 }
      expect(all).toBeCloseTo(units + failed, 6)
    }),
  )
})

test('lost work leaves every window not known that ends later', () => {
  const tenths = tenthsOf(WINDOW)
  tenths.add({ at: 500, units: 0, ok: false, lost: true })
  expect(tenths.result()).toBeNull()
})
