import { expect, test } from 'vitest'
import {
  follows,
  PATTERN,
  type PowerSample,
  stepResponse,
} from '../../../../results/analyse/meter/step-response.ts'
import { draw } from '../../support/random.ts'

const STEP = 3e6
const steps = PATTERN.split('').map((bit, i) => ({ at: i * STEP, busy: bit === '1' }))
const end = PATTERN.length * STEP
const busy = (t: number): number => (steps.findLast(step => step.at <= t)?.busy === true ? 1 : 0)
const of = draw(5)

const instants = (watts: (t: number) => number): PowerSample[] =>
  Array.from({ length: end / 1e6 }, (_, i) => ({ from: i * 1e6, to: i * 1e6, watts: watts(i * 1e6) }))
const response = (samples: readonly PowerSample[]) => stepResponse(steps, samples, { end, mostLag: 12 })

test.each([0, 1, 2.5, 7])('a meter that follows %d s later is told by how much and how late', late => {
  const found = response(instants(t => 90 + 120 * busy(t - late * 1e6) + 3 * of.normal()))
  expect(follows(found)).toBe(true)
  expect(found?.watts).toBeGreaterThan(110)
  // Samples come every second: whatever lies between two of them is equally likely.
  expect(Math.abs((found?.lag ?? Number.NaN) - late)).toBeLessThanOrEqual(1)
})

test('differences of a counter are means, and are compared with as much of each step', () => {
  const samples = Array.from({ length: 92 }, (_, i): PowerSample => {
    const [from, to] = [i * 1e6 + 3e5, (i + 1) * 1e6 + 3e5]
    const share =
      Array.from({ length: 100 }, (_, k) => busy(from + (k + 0.5) * 1e4)).reduce((a, b) => a + b, 0) / 100
    return { from, to, watts: 60 + 80 * share }
  })
  const found = response(samples)
  expect(found?.watts).toBeCloseTo(80, 0)
  expect(found).toMatchObject({ lag: 0 })
  expect(found?.explained).toBeGreaterThan(0.999)
})

test('neither noise, nor a drift, nor a load of others that comes and goes is taken for it, over 300 seeds', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const chance = draw(1000 + seed)
    const [period, phase] = [4e6 + 2e7 * chance.uniform(), 2e7 * chance.uniform()]
    const others: ((t: number) => number)[] = [
      () => 100 + 5 * chance.normal(),
      t => 100 + (40 * t) / end + chance.normal(),
      t => 100 + 60 * (Math.floor((t + phase) / period) % 2) + chance.normal(),
    ]
    for (const watts of others) expect(follows(response(instants(watts)))).toBe(false)
  }
})

test('one that stands still, falls under load, or hardly spoke does not follow', () => {
  expect(follows(response(instants(() => 100.1)))).toBe(false)
  expect(follows(response(instants(t => 200 - 50 * busy(t))))).toBe(false)
  expect(follows(response(instants(t => 90 + 120 * busy(t)).slice(0, 20)))).toBe(false)
  expect(
    stepResponse(
      [],
      instants(() => 1),
      { end, mostLag: 12 },
    ),
  ).toBeNull()
})
