import * as fc from 'fast-check'
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
  expect(of(5, 6, 7)).toMatchObject({ kind: 'mean', mean: 6, sd: 1, interval: null, expanded: null })
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
  expect(expanded?.[1]).toBeCloseTo(100 + 1.96 * Math.hypot(3, 1.0215 / Math.sqrt(24)), 3)
})

test('with no error but that of repetition both intervals are the one of Student’s t', () => {
  // s = 7.4833, t(5) = 2.5706: the reviewed case 90 … 110.
  const six = of(90, 94, 98, 102, 106, 110)
  expect(six.interval).toEqual([expect.closeTo(92.148, 2), expect.closeTo(107.852, 2)])
  expect(six.expanded?.[0]).toBeCloseTo(six.interval?.[0] as number, 9)
  expect(six.expanded?.[1]).toBeCloseTo(six.interval?.[1] as number, 9)
})

test('what an instrument adds never makes the interval narrower', () => {
  const value = fc.double({ min: 90, max: 110, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 6, maxLength: 12 }),
      fc.double({ min: 0, max: 20, noNaN: true }),
      fc.double({ min: 0, max: 20, noNaN: true }),
      (values, instrument, clock) => {
        const { interval, expanded } = estimate(
          'J',
          values.map(v => figure(v, { instrument, clock })),
        )
        expect(expanded?.[0]).toBeLessThanOrEqual((interval?.[0] as number) + 1e-9)
        expect(expanded?.[1]).toBeGreaterThanOrEqual((interval?.[1] as number) - 1e-9)
      },
    ),
  )
})

test('it is said what the interval covers and what is not known', () => {
  const runs = (n: number, parts: Partial<RunFigure['parts']>) =>
    estimate(
      'J',
      [1, 2, 3, 4, 5, 6].slice(0, n).map(v => figure(v, parts)),
    )
  expect(runs(6, { instrument: 1, clock: 0.1 })).toMatchObject({
    covers: ['repetition', 'instrument', 'clock'],
    unknown: [],
  })
  expect(runs(6, { instrument: null, clock: 0.1 })).toMatchObject({
    expanded: null,
    covers: ['repetition'],
    unknown: ['instrument'],
  })
  expect(runs(4, { instrument: 1, attribution: null })).toMatchObject({
    covers: [],
    unknown: ['attribution'],
  })
  expect(runs(1, { instrument: 1 })).toMatchObject({ covers: ['instrument'], unknown: ['repetition'] })
  expect(of()).toMatchObject({ covers: [], unknown: [] })
})

test('what is not known of one part leaves the whole not known', () => {
  const runs = [1, 2, 3, 4, 5, 6].map(v => figure(v, { instrument: null }))
  expect(estimate('J', runs)).toMatchObject({ expanded: null, parts: { instrument: null } })
  expect(estimate('J', runs).interval).not.toBeNull()
})

test('an observation carries what its instrument leaves open', () => {
  expect(estimate('J', [figure(100, { instrument: 2 })]).expanded).toEqual([96, 104])
})

test('figures of a model span their ranges, one run or six; between there is no interval', () => {
  const model = (value: number): RunFigure => ({
    ...figure(value, { model: value / 2, clock: 0.5 }),
    range: [value / 2, value * 3],
  })
  expect(estimate('J', [model(10)])).toMatchObject({ expanded: [4, 31], covers: ['model', 'clock'] })
  expect(estimate('J', [10, 12].map(model))).toMatchObject({
    ranges: [
      [5, 30],
      [6, 36],
    ],
    expanded: null,
    covers: [],
  })
  expect(estimate('J', [10, 12, 11, 10, 10, 12].map(model))).toMatchObject({
    expanded: [4, 37],
    covers: ['repetition', 'model', 'clock'],
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
