import { expect, test } from 'vitest'
import { cpuDifferences } from '../../../../results/analyse/integrate/cpu.ts'
import { cpuIntegral } from '../../../../results/analyse/integrate/cpu-integral.ts'
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
  if ('absent' in got) throw new Error(got.absent)
  const levels = got.curve.atLevel
  expect(levels.reduce((a, b) => a + b, 0)).toBeCloseTo(2, 12)
  expect(levels.reduce((sum, s, i) => sum + s * (i / 10), 0)).toBeCloseTo(0.5 * 0.15 + 0.5 + 0.5 * 1, 12)
})

test('CPU time that stands still or falls gives no share', () => {
  expect(use({ from: 0, to: 3e6 }, times, { user: [0, 1e6, 1e6, 2e6], idle: [0, 1e6, 1e6, 2e6] })).toEqual({
    absent: 'BROKEN',
  })
  expect(use({ from: 0, to: 3e6 }, times, { user: [0, 1e6, 0.5e6, 2e6], idle: [0, 1e6, 2e6, 3e6] })).toEqual({
    absent: 'BROKEN',
  })
})
