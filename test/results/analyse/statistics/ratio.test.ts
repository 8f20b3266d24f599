import { expect, test } from 'vitest'
import { ratioOfMeans } from '../../../../results/analyse/statistics/ratio.ts'
import { draw } from '../../support/random.ts'

const coverage = (o: {
  n: [number, number]
  cv: [number, number]
  skewed?: boolean
  seed: number
}): number => {
  const random = draw(o.seed)
  const trials = 2000
  let held = 0
  const sample = (n: number, mean: number, cv: number): number[] =>
    Array.from({ length: n }, () => {
      if (o.skewed !== true) return mean * (1 + cv * random.normal())
      const sd = Math.sqrt(Math.log(1 + cv * cv))
      return mean * Math.exp(sd * random.normal() - (sd * sd) / 2)
    })
  for (let trial = 0; trial < trials; trial++) {
    const { interval } = ratioOfMeans(sample(o.n[0], 100, o.cv[0]), sample(o.n[1], 130, o.cv[1]))
    if (interval[0] <= 1.3 && interval[1] >= 1.3) held += 1
  }
  return held / trials
}

test.each([
  ['six runs a side, 3 % apart', { n: [6, 6], cv: [0.03, 0.03], seed: 1 }],
  ['unequal numbers and spreads', { n: [6, 20], cv: [0.1, 0.02], seed: 2 }],
  ['noisy machines', { n: [6, 6], cv: [0.2, 0.2], seed: 3 }],
  ['skewed figures', { n: [8, 8], cv: [0.15, 0.15], skewed: true, seed: 4 }],
] as const)('the interval of a ratio holds the truth 95 times of 100: %s', (_, o) => {
  const held = coverage({ ...o, n: [...o.n], cv: [...o.cv] })
  expect(held).toBeGreaterThan(0.935)
  expect(held).toBeLessThan(0.975)
})

test('asking the other way round turns the interval round', () => {
  const a = [10, 11, 12, 10.5, 11.5, 10.8]
  const b = [20, 22, 21, 23, 20.5, 21.7]
  const one = ratioOfMeans(a, b)
  const other = ratioOfMeans(b, a)
  expect(one.ratio * other.ratio).toBeCloseTo(1, 12)
  expect(one.interval[0] * other.interval[1]).toBeCloseTo(1, 12)
})

test('what does not shrink with n widens it', () => {
  const a = [10, 10.1, 9.9, 10, 10.05, 9.95]
  const narrow = ratioOfMeans(a, a).interval
  const wide = ratioOfMeans(a, a, [0.05, 0.05]).interval
  // Nearly all of it is the instruments': factor 1.96.
  expect(Math.log(wide[1])).toBeCloseTo(1.96 * Math.hypot(0.05, 0.05), 2)
  expect(wide[1]).toBeGreaterThan(narrow[1])
})

test('a little more that is not known never makes it narrower', () => {
  const a = [10, 11, 12, 10.5, 11.5, 10.8]
  const alone = ratioOfMeans(a, a).interval[1]
  for (const u of [0.001, 0.005, 0.01, 0.02])
    expect(ratioOfMeans(a, a, [u]).interval[1]).toBeGreaterThanOrEqual(alone)
})

test('equal figures have an interval of no width; one run and a negative mean have none', () => {
  expect(ratioOfMeans([2, 2], [4, 4])).toEqual({ ratio: 2, interval: [2, 2] })
  expect(() => ratioOfMeans([1], [1, 2])).toThrow(RangeError)
  expect(() => ratioOfMeans([1, -2], [1, 2])).toThrow(RangeError)
})
