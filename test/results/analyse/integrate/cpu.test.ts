import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cpuDifferences } from '../../../../results/analyse/integrate/cpu.ts'
import { cpuIntegral, curveSpans } from '../../../../results/analyse/integrate/cpu-integral.ts'
import { coefficients } from '../../../../results/analyse/power-model/coefficients.ts'
import { meanOfCurve } from '../../../../results/analyse/power-model/curve.ts'
import type { Window } from '../../../../results/analyse/time/window.ts'
import { batchOf } from '../../support/batches.ts'

type States = Readonly<Record<string, readonly (number | null)[]>>

const use = (window: Window, times: readonly number[], states: States) => {
  const integral = cpuIntegral(window)
  const take = cpuDifferences(integral.add)
  take(
    Object.entries(states).map(([field, values]) =>
      batchOf(times, values, { measurement: 'cpu', field, instance: 'total' }),
    ),
  )
  return integral.result()
}
const times = [0, 1e6, 2e6, 3e6]

const levelsOf = (got: ReturnType<typeof use>): readonly number[] => {
  if ('absent' in got) throw new Error(got.absent)
  return got.curve.atLevel
}

test('busy is all but idle, waiting and stolen time', () => {
  const got = use({ from: 0, to: 3e6 }, times, {
    user: [0, 1e6, 2e6, 3e6],
    system: [0, 0.5e6, 1e6, 1.5e6],
    idle: [0, 1e6, 2e6, 3e6],
    iowait: [0, 0.5e6, 1e6, 1.5e6],
    steal: [0, 1e6, 2e6, 3e6],
  })
  expect(got).toMatchObject({ busySeconds: 4.5, utilisation: 4.5 / 12, stealShare: 3 / 12 })
})

test('a state that the kernel does not have is left out, one that goes missing is a break', () => {
  const states = { user: [0, 1e6, 2e6, 3e6], idle: [0, 1e6, 2e6, 3e6] }
  expect(use({ from: 0, to: 3e6 }, times, { ...states, steal: [null, null, null, null] })).toMatchObject({
    utilisation: 0.5,
    stealShare: 0,
  })
  expect(use({ from: 0, to: 3e6 }, times, { ...states, steal: [0, 0, null, 0] })).toEqual({
    absent: 'BROKEN',
  })
})

test('time at the levels of the curve adds up to the window, at the mean of the load', () => {
  const got = use({ from: 0.5e6, to: 2.5e6 }, times, {
    user: [0, 0.15e6, 0.65e6, 1.65e6],
    idle: [0, 0.85e6, 1.35e6, 1.35e6],
  })
  const levels = levelsOf(got)
  expect(levels.reduce((a, b) => a + b, 0)).toBeCloseTo(2, 12)
  expect(levels.reduce((sum, s, i) => sum + s * (i / 10), 0)).toBeCloseTo(0.5 * 0.15 + 0.5 + 0.5 * 1, 12)
})

test('the curve sees the load of spans, each of its own', () => {
  const at = Array.from({ length: 21 }, (_, i) => i * 1e6)
  const first = at.map(t => Math.min(t, 10e6))
  const levels = levelsOf(
    use({ from: 0, to: 20e6 }, at, { user: first, idle: at.map((t, i) => t - (first[i] as number)) }),
  )
  expect(levels).toEqual([expect.closeTo(10, 9), 0, 0, 0, 0, 0, 0, 0, 0, 0, expect.closeTo(10, 9)])
})

test.each([
  [4e6, 1],
  [10e6, 1],
  [10.5e6, 1],
  [15e6, 2],
  [239.99e6, 24],
  [240.01e6, 24],
])('a window of %i µs has %i equal spans that tile it', (length, count) => {
  const spans = curveSpans({ from: 5, to: 5 + length })
  expect(spans).toHaveLength(count)
  expect(spans[0]?.from).toBe(5)
  expect(spans.at(-1)?.to).toBe(5 + length)
  for (const span of spans) expect(span.to - span.from).toBeCloseTo(length / count, 3)
  expect(spans.slice(1).map(span => span.from)).toEqual(spans.slice(0, -1).map(span => span.to))
})

/** CPU time of a machine read ten times a second: whole tenths at work or not. */
const tenths = fc.array(fc.boolean(), { minLength: 700, maxLength: 700 }).map(work => {
  const user = work.reduce<number[]>((sum, busy) => [...sum, (sum.at(-1) as number) + (busy ? 1e5 : 0)], [0])
  return { at: user.map((_, i) => i * 1e5), user, idle: user.map((busy, i) => i * 1e5 - busy) }
})
const everyTenth = (values: readonly number[]): number[] => values.filter((_, i) => i % 10 === 0)
const dynamicSeconds = (got: ReturnType<typeof use>): number => meanOfCurve(coefficients, levelsOf(got))

test('a recording read a tenth as often gives the same energy of the model', () => {
  fc.assert(
    fc.property(tenths, fc.double({ min: 0, max: 5e6, noNaN: true }), ({ at, user, idle }, shift) => {
      const sparse = { user: everyTenth(user), idle: everyTenth(idle) }
      const aligned = { from: 2e6, to: 62e6 }
      expect(dynamicSeconds(use(aligned, everyTenth(at), sparse))).toBeCloseTo(
        dynamicSeconds(use(aligned, at, { user, idle })),
        9,
      )
      // Edges between readings: what a second's reading leaves open there, in 60 s and six spans.
      const window = { from: 2e6 + shift, to: 62e6 + shift }
      const fine = dynamicSeconds(use(window, at, { user, idle }))
      expect(Math.abs(dynamicSeconds(use(window, everyTenth(at), sparse)) - fine)).toBeLessThan(0.02 * fine)
    }),
    { numRuns: 30, seed: 11 },
  )
})

test('CPU time that stands still or falls gives no share', () => {
  expect(use({ from: 0, to: 3e6 }, times, { user: [0, 1e6, 1e6, 2e6], idle: [0, 1e6, 1e6, 2e6] })).toEqual({
    absent: 'BROKEN',
  })
  expect(use({ from: 0, to: 3e6 }, times, { user: [0, 1e6, 0.5e6, 2e6], idle: [0, 1e6, 2e6, 3e6] })).toEqual({
    absent: 'BROKEN',
  })
})
