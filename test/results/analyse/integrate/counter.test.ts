import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterIntegral, differences } from '../../../../results/analyse/integrate/counter.ts'
import type { Window } from '../../../../results/analyse/time/window.ts'
import { batchOf } from '../../support/batches.ts'

const integrate = (window: Window, ...batches: ReturnType<typeof batchOf>[]) => {
  const integral = counterIntegral(window)
  const take = differences(integral.add)
  for (const batch of batches) take(batch)
  return integral.result()
}

test('edges between two readings count in proportion, whole differences inside exactly', () => {
  const readings = batchOf([0, 10, 20, 30], [0, 100, 300, 600])
  expect(integrate({ from: 5, to: 25 }, readings)).toEqual({ value: 50 + 200 + 150 })
})

test('without a reading before the start or after the end there is no figure', () => {
  const readings = batchOf([10, 20, 30], [0, 10, 20])
  expect(integrate({ from: 5, to: 25 }, readings)).toEqual({ absent: 'EDGE_MISSING' })
  expect(integrate({ from: 15, to: 35 }, readings)).toEqual({ absent: 'EDGE_MISSING' })
})

test('a missing tick is bridged, a reading that failed is not', () => {
  expect(integrate({ from: 0, to: 40 }, batchOf([0, 10, 40], [0, 10, 40]))).toEqual({ value: 40 })
  expect(integrate({ from: 0, to: 40 }, batchOf([0, 10, 20, 40], [0, 10, null, 40]))).toEqual({
    absent: 'BROKEN',
  })
})

test('a break outside of the window does not touch it', () => {
  const readings = batchOf([0, 10, 20, 30, 40, 50], [0, null, 5, 10, 20, 30])
  expect(integrate({ from: 25, to: 45 }, readings)).toEqual({ value: 2.5 + 10 + 5 })
})

test('a counter that falls is a break, never a negative amount', () => {
  expect(integrate({ from: 0, to: 20 }, batchOf([0, 10, 20], [100, 200, 50]))).toEqual({ absent: 'BROKEN' })
})

test('nothing but failed readings is no reading', () => {
  expect(integrate({ from: 0, to: 20 }, batchOf([0, 10, 20], [null, null, null]))).toEqual({
    absent: 'NO_READINGS',
  })
})

test('how readings are cut into slices changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 4, maxLength: 40 }),
      fc.nat(),
      (steps, cut) => {
        const times = steps.map((_, i) => i * 10)
        const values = steps.map((_, i) => steps.slice(0, i).reduce((a, b) => a + b, 0))
        const window = { from: 5, to: (steps.length - 1) * 10 - 3 }
        const at = cut % times.length
        const whole = integrate(window, batchOf(times, values))
        const cutInTwo = integrate(
          window,
          batchOf(times.slice(0, at), values.slice(0, at)),
          batchOf(times.slice(at), values.slice(at)),
        )
        expect(cutInTwo).toEqual(whole)
      },
    ),
  )
})

test('windows side by side add up to the window around them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 97 }), fc.integer({ min: 1, max: 1000 }), (edge, slope) => {
      const times = [0, 13, 40, 41, 100]
      const readings = batchOf(
        times,
        times.map(t => t * slope + (t > 30 ? 7 : 0)),
      )
      const parts = [integrate({ from: 1, to: edge }, readings), integrate({ from: edge, to: 99 }, readings)]
      const sum = parts.reduce((all, part) => all + ('value' in part ? part.value : 0), 0)
      const whole = integrate({ from: 1, to: 99 }, readings)
      expect('value' in whole && Math.abs(whole.value - sum) < 1e-6).toBe(true)
    }),
  )
})

test.each([
  ['a ramp', (t: number) => 3 * t, (t: number) => (3 * t * t) / 2],
  ['a sine', (t: number) => 50 + 40 * Math.sin(t), (t: number) => 50 * t + 40 * (1 - Math.cos(t))],
  ['a step', (t: number) => (t < 7.3 ? 10 : 90), (t: number) => (t < 7.3 ? 10 * t : 73 + 90 * (t - 7.3))],
])(
  'of power that is %s, only the two edge intervals can be wrong, each by what power changes in it',
  (_, power, energy) => {
    const window = { from: 2.4e6, to: 17.7e6 }
    const times = Array.from({ length: 21 }, (_, i) => i * 1e6)
    const got = integrate(
      window,
      batchOf(
        times,
        times.map(t => energy(t / 1e6)),
      ),
    )
    const exact = energy(17.7) - energy(2.4)
    // Linear within an interval: wrong by at most the swing of power in it times a quarter of its length.
    const swing = (second: number): number => {
      const inside = Array.from({ length: 101 }, (_, i) => power(second + i / 100))
      return Math.max(...inside) - Math.min(...inside)
    }
    const bound = (swing(2) + swing(17)) / 4
    expect('value' in got && Math.abs(got.value - exact)).toBeLessThanOrEqual(bound + 1e-9)
  },
)
