import { expect, test } from 'vitest'
import { lagOf } from '../../../../results/analyse/energy/lag.ts'
import { draw } from '../../support/random.ts'

const of = draw(11)
const t = Array.from({ length: 200 }, (_, i) => i * 0.5)
/** A machine's CPU: idle, full, idle, half. */
const cpu = t.map((_, i) => [0.05, 0.9, 0.05, 0.5][Math.floor(i / 50)] ?? 0)
const power = (late: number, noise: number) =>
  t.map((_, i) => 80 + 150 * (cpu[Math.max(0, i - late)] ?? 0) + noise * of.normal())

test.each([0, 1, 3, 9])(
  'power that follows %i bins later is told by the shift at which both go together',
  late => {
    expect(lagOf({ t, v: cpu }, { t, v: power(late, 3) })).toBe(late * 0.5)
  },
)

test('what does not go with it has no lag', () => {
  expect(lagOf({ t, v: cpu }, { t, v: t.map(() => 100 + of.normal()) })).toBeNull()
  expect(lagOf({ t, v: cpu }, { t, v: t.map((_, i) => (i < 5 ? 100 : null)) })).toBeNull()
})
