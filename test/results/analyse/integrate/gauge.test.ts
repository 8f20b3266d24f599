import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GaugeKind, gaugeIntegral } from '../../../../results/analyse/integrate/gauge.ts'
import type { Window } from '../../../../results/analyse/time/window.ts'
import { batchOf } from '../../support/batches.ts'

const integrate = (
  window: Window,
  kind: GaugeKind,
  times: readonly number[],
  values: readonly (number | null)[],
) => {
  const integral = gaugeIntegral(window, { kind, interval: 1e6 })
  integral.add(batchOf(times, values, { kind: 'gauge', measurement: 'power', unit: 'W' }))
  return integral.result()
}
const seconds = (...at: number[]): number[] => at.map(s => s * 1e6)

test('instant readings are joined by lines, and the edges are taken on them', () => {
  const got = integrate({ from: 0.5e6, to: 2.5e6 }, 'instant', seconds(0, 1, 2, 3), [0, 10, 10, 30])
  expect(got).toEqual({ value: (5 + 10) / 4 + 10 + (10 + 20) / 4 })
})

test('an average of an interval stands for the time before it', () => {
  const got = integrate({ from: 0.5e6, to: 2.5e6 }, 'interval-average', seconds(0, 1, 2, 3), [99, 10, 20, 30])
  expect(got).toEqual({ value: 5 + 20 + 15 })
})

test('three intervals are bridged, more are not, and a failed reading is no reading', () => {
  const window = { from: 0, to: 6e6 }
  expect(integrate(window, 'instant', seconds(0, 1, 4, 5, 6), [1, 1, 1, 1, 1])).toEqual({ value: 6 })
  expect(integrate(window, 'instant', seconds(0, 1, 2, 3, 4, 5, 6), [1, 1, null, null, 1, 1, 1])).toEqual({
    value: 6,
  })
  expect(integrate(window, 'instant', seconds(0, 1, 5, 6), [1, 1, 1, 1])).toEqual({ absent: 'GAP' })
})

test('a gap outside of the window is none of its business', () => {
  expect(integrate({ from: 5.5e6, to: 6e6 }, 'instant', seconds(0, 5, 6), [4, 4, 4])).toEqual({ value: 2 })
})

test('an edge without a bracket has no figure', () => {
  expect(integrate({ from: 0, to: 2.5e6 }, 'instant', seconds(0, 1, 2), [1, 1, 1])).toEqual({
    absent: 'EDGE_MISSING',
  })
  expect(integrate({ from: 0, to: 1 }, 'instant', [], [])).toEqual({ absent: 'NO_READINGS' })
})

test('a line is integrated exactly, whatever the times of its readings', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.double({ min: 0, max: 500, noNaN: true }),
      fc.array(fc.integer({ min: 200_000, max: 2_500_000 }), { minLength: 5, maxLength: 30 }),
      (slope, start, gaps) => {
        const times = gaps.map((_, i) => gaps.slice(0, i).reduce((a, b) => a + b, 0))
        const end = times.at(-1) as number
        const window = { from: 100_000, to: end - 100_000 }
        const at = (t: number): number => start + (slope * t) / 1e6
        const got = integrate(window, 'instant', times, times.map(at))
        const exact = (((at(window.from) + at(window.to)) / 2) * (window.to - window.from)) / 1e6
        expect('value' in got && Math.abs(got.value - exact)).toBeLessThanOrEqual(
          1e-6 * (1 + Math.abs(exact)),
        )
      },
    ),
  )
})

test('a sine is integrated within the bound of the trapezoid', () => {
  const times = Array.from({ length: 41 }, (_, i) => i * 1e6)
  const got = integrate(
    { from: 3e6, to: 37e6 },
    'instant',
    times,
    times.map(t => 100 + 20 * Math.sin(t / 4e6)),
  )
  const exact = 34 * 100 + 80 * (Math.cos(3 / 4) - Math.cos(37 / 4))
  // n · h³ / 12 · max |f''|, h = 1 s.
  expect('value' in got && Math.abs(got.value - exact)).toBeLessThanOrEqual((34 / 12) * (20 / 16))
})

test('what may have happened between readings is in the doubt: a step anywhere in an interval', () => {
  const doubt = (kind: GaugeKind, window: Window, values: readonly number[]): number => {
    const integral = gaugeIntegral(window, { kind, interval: 1e6 })
    const times = values.map((_, i) => i * 1e6)
    integral.add(batchOf(times, values, { kind: 'gauge', measurement: 'power', unit: 'W' }))
    return integral.doubt()
  }
  const whole = { from: 0, to: 3e6 }
  expect(doubt('instant', whole, [10, 10, 10, 10])).toBe(0)
  // One step of 6 W in 1 s: at most ½ · 6 J wrong, all times equally likely: 3/√3.
  expect(doubt('instant', whole, [10, 10, 16, 16])).toBeCloseTo(3 / Math.sqrt(3), 12)
  // Up and down again may be scatter: the mean product of a change and the next is −18, ⅚ of which counts in each of three intervals.
  expect(doubt('instant', whole, [10, 16, 10, 10])).toBeCloseTo(Math.sqrt(6 + (5 / 6) * 18 * 3), 12)
  // Averages are exact but where an edge cuts one.
  expect(doubt('interval-average', whole, [10, 16, 10, 10])).toBe(0)
  expect(doubt('interval-average', { from: 0.5e6, to: 3e6 }, [10, 16, 10, 10])).toBeCloseTo(
    3 / Math.sqrt(12),
    12,
  )
})
