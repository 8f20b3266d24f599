import { expect, test } from 'vitest'
import { t95, tDistribution, tQuantile } from '../../../../results/analyse/statistics/student-t.ts'

// Tables of the distribution, three digits after the point.
test.each([
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [5, 2.571],
  [10, 2.228],
  [30, 2.042],
  [120, 1.98],
])('with %i degrees of freedom the 95 %% factor is %f', (freedom, factor) => {
  expect(t95(freedom)).toBeCloseTo(factor, 3)
})

test('with many degrees of freedom it is the normal distribution', () => {
  expect(tQuantile(0.975, 1e6)).toBeCloseTo(1.959966, 5)
})

test('the quantile turns the distribution round, on both sides', () => {
  for (const freedom of [1, 2.5, 7, 40]) {
    for (const p of [0.001, 0.2, 0.5, 0.9, 0.999])
      expect(tDistribution(tQuantile(p, freedom), freedom)).toBeCloseTo(p, 10)
  }
})

test('there is no quantile of 0, of 1, or without freedom', () => {
  expect(() => tQuantile(0, 5)).toThrow(RangeError)
  expect(() => tQuantile(1, 5)).toThrow(RangeError)
  expect(() => tQuantile(0.5, 0)).toThrow(RangeError)
})
