// Energy from samples of power whose integral is known: what the method gets exactly right, and whether its doubt is what it says.
import { describe, expect, test } from 'vitest'
import { type GaugeKind, gaugeIntegral } from '../../../../results/analyse/integrate/gauge.ts'
import { batchOf } from '../../support/batches.ts'
import { type Draw, draw } from '../../support/random.ts'

const GAUGE = { kind: 'gauge', measurement: 'power', unit: 'W' } as const

/** J over a window, from readings at these times (s). */
function energy(
  kind: GaugeKind,
  o: {
    readonly from: number
    readonly to: number
    readonly times: readonly number[]
    readonly watts: readonly number[]
  },
): { readonly joules: number; readonly doubt: number } | null {
  const integral = gaugeIntegral({ from: o.from * 1e6, to: o.to * 1e6 }, { kind, interval: 1e6 })
  integral.add(
    batchOf(
      o.times.map(t => t * 1e6),
      o.watts,
      GAUGE,
    ),
  )
  const found = integral.result()
  return 'value' in found ? { joules: found.value, doubt: integral.doubt() } : null
}

const seconds = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step)

test('averages over intervals of steps on their grid are exact to 0.1 %', () => {
  const level = (second: number): number => [80, 80, 200, 200, 140][second % 5] as number
  const times = seconds(-2, 62)
  // What a meter shows at t is the mean of the second before.
  const watts = times.map(t => level(((t - 1) % 5) + 5))
  const truth = seconds(0, 59).reduce((sum, t) => sum + level(t), 0)
  const found = energy('interval-average', { from: 0, to: 60, times, watts })
  expect(Math.abs((found?.joules ?? Number.NaN) / truth - 1)).toBeLessThanOrEqual(0.001)
  expect(found?.doubt).toBe(0)
})

test('readings of the moment get ramps and sines right to 0.1 %', () => {
  const times = seconds(-2, 62)
  const ramp = energy('instant', { from: 0.3, to: 59.6, times, watts: times.map(t => 50 + 3 * t) })
  const area = (t: number): number => 50 * t + 1.5 * t * t
  expect(Math.abs((ramp?.joules ?? Number.NaN) / (area(59.6) - area(0.3)) - 1)).toBeLessThanOrEqual(0.001)
  for (const perPeriod of [20, 37, 60]) {
    const end = 10 * perPeriod
    const at = seconds(-2, end + 2)
    const wave = (t: number): number => 100 + 60 * Math.sin((2 * Math.PI * t) / perPeriod + 0.4)
    const found = energy('instant', { from: 0, to: end, times: at, watts: at.map(wave) })
    expect(Math.abs((found?.joules ?? Number.NaN) / (100 * end) - 1)).toBeLessThanOrEqual(0.001)
  }
})

test('a step is wrong by at most ½·Δt·ΔP wherever it lies, and its doubt is what that limit comes to', () => {
  for (const step of [0.02, 0.25, 0.5, 0.81, 0.98]) {
    const times = seconds(-2, 12)
    const watts = times.map(t => (t < 5 + step ? 80 : 200))
    const truth = 80 * (5 + step) + 200 * (5 - step)
    const found = energy('instant', { from: 0, to: 10, times, watts })
    expect(Math.abs((found?.joules ?? Number.NaN) - truth)).toBeLessThanOrEqual(60)
    expect(found?.doubt).toBeCloseTo(60 / Math.sqrt(3), 9)
  }
})

/** Power of a machine: levels that last for some time each, and scatter that is faster than any reading. */
function machine(of: Draw, o: { readonly every: number; readonly until: number }) {
  const level = (): number => 150 + 30 * of.normal()
  const steps = [{ at: -20, watts: level() }]
  for (let at = -20; at < o.until + 20; ) {
    at -= Math.log(of.uniform()) * o.every
    steps.push({ at, watts: level() })
  }
  return {
    at: (t: number): number => (steps.findLast(step => step.at <= t) ?? steps[0])?.watts ?? Number.NaN,
    joules: steps.reduce((sum, { at, watts }, i) => {
      const end = Math.min(o.until, steps[i + 1]?.at ?? o.until)
      return sum + watts * Math.max(0, end - Math.max(0, at))
    }, 0),
  }
}

/** Limit of the error of each edge, s. */
const EDGE = 0.005

interface Scene {
  readonly name: string
  /** Mean time between steps, s, and scatter of a reading, W. */
  readonly every: number
  readonly scatter: number
  readonly length: number
}

/** One run of 4 minutes or one, read every second with jitter, gaps, a clock that drifts, and edges that are not quite where they are taken to be. */
function trial(
  seed: number,
  { every, scatter, length }: Scene,
): { readonly error: number; readonly half: number } | null {
  const of = draw(seed)
  const { at, joules } = machine(of, { every, until: length })
  const drift = 50e-6 * (2 * of.uniform() - 1)
  const [from, to] = [EDGE * (2 * of.uniform() - 1), length + EDGE * (2 * of.uniform() - 1)]
  const times: number[] = []
  const watts: number[] = []
  for (const second of seconds(-3, length + 3)) {
    if (second > -2 && second < length + 2 && of.uniform() < 0.05) continue
    const t = second + 0.1 * (2 * of.uniform() - 1)
    times.push(t * (1 + drift))
    watts.push(at(t) + scatter * of.normal())
  }
  const found = energy('instant', { from, to, times, watts })
  if (found === null) return null
  const edges = ((found.joules / length) * EDGE * Math.SQRT2) / Math.sqrt(3)
  return { error: found.joules - joules, half: 1.96 * Math.hypot(found.doubt, edges) }
}

describe.each<Scene>([
  { name: 'a step every 20 s', every: 20, scatter: 0, length: 240 },
  { name: 'a step every 5 s', every: 5, scatter: 0, length: 240 },
  { name: 'scatter alone', every: 1e9, scatter: 5, length: 240 },
  { name: 'steps and scatter', every: 20, scatter: 5, length: 240 },
  { name: 'steps and scatter in a minute', every: 20, scatter: 2, length: 60 },
])('$name', scene => {
  test('over 1,000 seeds 93 to 99 % of the intervals of 95 % hold the truth, and they are at most three times as wide as the error', () => {
    const trials = Array.from({ length: 1000 }, (_, i) => trial(i + 1, scene)).filter(one => one !== null)
    // Beyond three intervals there is no figure.
    expect(trials.length).toBeGreaterThan(900)
    const held = trials.filter(({ error, half }) => Math.abs(error) <= half).length / trials.length
    expect(held).toBeGreaterThanOrEqual(0.93)
    expect(held).toBeLessThanOrEqual(0.99)
    const rms = Math.sqrt(trials.reduce((sum, { error }) => sum + error ** 2, 0) / trials.length)
    const median = trials.map(({ half }) => half).toSorted((a, b) => a - b)[trials.length >> 1]
    expect((median ?? Number.NaN) / rms).toBeLessThanOrEqual(3)
  })
})
