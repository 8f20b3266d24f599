import { expect, test } from 'vitest'
import { estimate, exactFigure, type RunFigure } from '../../../../results/analyse/statistics/estimate.ts'
import { draw } from '../../support/random.ts'

const of = (...values: number[]) => estimate('J', values.map(exactFigure))
const figure = (value: number, parts: Partial<RunFigure['parts']>): RunFigure => ({
  value,
  range: null,
  parts: { repetition: null, instrument: 0, model: 0, attribution: 0, clock: 0, ...parts },
})

test('n decides what may be said', () => {
  expect(of()).toMatchObject({ kind: 'none', mean: null, sd: null, interval: null, expanded: null })
  expect(of(5)).toMatchObject({ kind: 'observation', mean: 5, sd: null, interval: null, expanded: null })
  expect(of(5, 7)).toMatchObject({ kind: 'points', mean: null, sd: null, interval: null, expanded: null })
  expect(of(5, 6, 7)).toMatchObject({ kind: 'mean', mean: 6, sd: 1, interval: null })
  const six = of(1, 2, 3, 4, 5, 6)
  expect(six).toMatchObject({ kind: 'interval', mean: 3.5, n: 6 })
  // s = 1.870829, t(5) = 2.570582.
  expect(six.interval?.[0]).toBeCloseTo(3.5 - (2.570582 * 1.870829) / Math.sqrt(6), 5)
})

test('an instrument’s error does not shrink with n, that of repetition does', () => {
  const values = Array.from({ length: 24 }, (_, i) => 100 + (i % 2 === 0 ? 1 : -1))
  const { parts, expanded } = estimate(
    'J',
    values.map(v => figure(v, { instrument: 3 })),
  )
  expect(parts.instrument).toBe(3)
  expect(parts.repetition).toBeCloseTo(1.0215 / Math.sqrt(24), 4)
  expect(expanded?.[1]).toBeCloseTo(100 + 2 * Math.hypot(3, 1.0215 / Math.sqrt(24)), 4)
})

test('what is not known of one part leaves the whole not known', () => {
  const runs = [1, 2, 3, 4, 5, 6].map(v => figure(v, { instrument: null }))
  expect(estimate('J', runs)).toMatchObject({ expanded: null, parts: { instrument: null } })
  expect(estimate('J', runs).interval).not.toBeNull()
})

test('an observation carries what its instrument leaves open', () => {
  expect(estimate('J', [figure(100, { instrument: 2 })]).expanded).toEqual([96, 104])
})

test('figures of a model span their ranges', () => {
  const runs = [10, 12].map((value): RunFigure => ({ ...exactFigure(value), range: [value / 2, value * 3] }))
  expect(estimate('J', runs)).toMatchObject({
    ranges: [
      [5, 30],
      [6, 36],
    ],
    expanded: [5, 36],
  })
})

test('the interval holds the truth 95 times of 100', () => {
  const random = draw(20261)
  let held = 0
  const trials = 3000
  for (let trial = 0; trial < trials; trial++) {
    const { interval } = of(...Array.from({ length: 6 }, () => 100 + 7 * random.normal()))
    if (interval !== null && interval[0] <= 100 && interval[1] >= 100) held += 1
  }
  // Standard error of the share: 0.4 %.
  expect(held / trials).toBeGreaterThan(0.94)
  expect(held / trials).toBeLessThan(0.96)
})
