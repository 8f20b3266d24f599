import { expect, test } from 'vitest'
import { lagOf, lagRange } from '../../../../results/analyse/energy/lag.ts'
import { draw } from '../../support/random.ts'

const of = draw(11)
const t = Array.from({ length: 200 }, (_, i) => i * 0.5)
/** A machine's CPU: idle, full, idle, half. */
const cpu = t.map((_, i) => [0.05, 0.9, 0.05, 0.5][Math.floor(i / 50)] ?? 0)
const power = (late: number, noise: number) =>
  t.map((_, i) => 80 + 150 * (cpu[Math.max(0, i - late)] ?? 0) + noise * of.normal())

test.each([0, 1, 3, 9])(
  'power that follows %i bins later is told by the shifts at which both go together',
  late => {
    const found = lagRange({ t, v: cpu }, { t, v: power(late, 3) })
    expect(Math.abs((found?.seconds ?? Number.NaN) - late * 0.5)).toBeLessThanOrEqual(found?.within ?? 0)
    expect(found?.within).toBeLessThanOrEqual(1)
  },
)

test('one step among many bins tells less, which is said: the range holds the lag', () => {
  const long = Array.from({ length: 600 }, (_, i) => i * 6)
  const load = long.map((_, i) => (i < 300 ? 0.05 : 0.9))
  const late = long.map((_, i) => 80 + 150 * (load[Math.max(0, i - 3)] ?? 0) + of.normal())
  const found = lagRange({ t: long, v: load }, { t: long, v: late })
  expect(Math.abs((found?.seconds ?? Number.NaN) - 18)).toBeLessThanOrEqual(found?.within ?? 0)
  expect(found?.within).toBeGreaterThan(6)
})

test('what does not go with it has no lag', () => {
  expect(lagOf({ t, v: cpu }, { t, v: t.map(() => 100 + of.normal()) })).toBeNull()
  expect(lagOf({ t, v: cpu }, { t, v: t.map((_, i) => (i < 5 ? 100 : null)) })).toBeNull()
})
