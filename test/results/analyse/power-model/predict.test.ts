import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { coefficients } from '../../../../results/analyse/power-model/coefficients.ts'
import { addAtLevel } from '../../../../results/analyse/power-model/curve.ts'
import {
  type AssumedMachine,
  machineOf,
  modelAboveBaseline,
  modelEnergy,
} from '../../../../results/analyse/power-model/predict.ts'
import { LEVELS } from '../../../../results/analyse/power-model/types.ts'

const use = (u: number, seconds = 1) => {
  const atLevel = LEVELS.map(() => 0)
  addAtLevel(atLevel, LEVELS, u, seconds)
  return { seconds, atLevel }
}
const machine = (assumed: Partial<AssumedMachine>) =>
  machineOf(coefficients, { cpus: 4, bareMetal: false, ...assumed })
const power = (assumed: Partial<AssumedMachine>, u: number) => modelEnergy(machine(assumed), use(u))
const width = ({ range }: { range: readonly [number, number] }): number => range[1] / range[0]

test('stated watts of a machine of known size are shared out by the formula', () => {
  const stated = { threads: 64, idleWatts: 100, fullWatts: 400, overcommitment: 2 }
  // v/(T·r) · P_idle + v/T · (P − P_idle).
  expect(power(stated, 0)).toMatchObject({ joules: expect.closeTo((4 / 128) * 100, 9) })
  expect(power(stated, 1)).toMatchObject({ joules: expect.closeTo((4 / 128) * 100 + (4 / 64) * 300, 9) })
  expect(power({ ...stated, overcommitment: 1 }, 1).joules).toBeCloseTo((4 / 64) * 400, 9)
})

test('on bare metal the whole machine is taken, and stated watts are hit', () => {
  const bare = { cpus: 64, bareMetal: true, idleWatts: 100, fullWatts: 400, overcommitment: 3 }
  expect(power(bare, 0).joules).toBeCloseTo(100, 9)
  expect(power(bare, 1).joules).toBeCloseTo(400, 9)
})

test('overcommitment that is not known is spanned: low at 3, high at 1, the figure between', () => {
  const open = power({}, 0.3)
  const one = power({ overcommitment: 1 }, 0.3)
  const three = power({ overcommitment: 3 }, 0.3)
  expect(open.range[1]).toBeCloseTo(one.range[1], 12)
  expect(open.range[0]).toBeCloseTo(three.range[0], 12)
  expect(open.joules).toBeGreaterThan(three.joules)
  expect(open.joules).toBeLessThan(one.joules)
})

test('what is stated narrows the interval', () => {
  expect(width(power({ overcommitment: 1 }, 0.5))).toBeLessThan(width(power({}, 0.5)))
  expect(width(power({ threads: 64, overcommitment: 1 }, 0.1))).toBeLessThan(
    width(power({ overcommitment: 1 }, 0.1)),
  )
  expect(width(power({ threads: 64, overcommitment: 1, idleWatts: 100 }, 0.1))).toBeLessThan(
    width(power({ threads: 64, overcommitment: 1 }, 0.1)),
  )
  expect(width(power({ threads: 64, overcommitment: 1, fullWatts: 300 }, 1))).toBeCloseTo(1, 9)
})

test('watts without the size of the machine cannot be shared out and are not used', () => {
  expect(power({ idleWatts: 100, fullWatts: 400 }, 0.5)).toEqual(power({}, 0.5))
})

test('more load, more power; twice the time or CPUs, twice the energy; the figure is inside of its range', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.record(
        { threads: fc.integer({ min: 2, max: 1024 }), year: fc.integer({ min: 2007, max: 2030 }) },
        { requiredKeys: [] },
      ),
      (u, v, assumed) => {
        const known = Object.fromEntries(Object.entries(assumed).filter(([, value]) => value !== undefined))
        const one = power(known, u)
        expect(one.range[0]).toBeGreaterThan(0)
        expect(one.joules).toBeGreaterThan(one.range[0])
        expect(one.joules).toBeLessThan(one.range[1])
        const other = power(known, v)
        expect((u - v) * (one.joules - other.joules)).toBeGreaterThanOrEqual(-1e-12)
        expect(modelEnergy(machine(known), use(u, 2)).joules).toBeCloseTo(2 * one.joules, 9)
        expect(power({ ...known, cpus: 8 }, u).joules).toBeCloseTo(2 * one.joules, 9)
      },
    ),
  )
})

test('energy above baseline does not depend on idle power or overcommitment', () => {
  const above = (assumed: Partial<AssumedMachine>) =>
    modelAboveBaseline(machine(assumed), use(0.6, 20), use(0.1, 10))
  expect(above({ overcommitment: 3 })).toEqual(above({}))
  const full = power({ overcommitment: 1 }, 0.6)
  const base = power({ overcommitment: 1 }, 0.1)
  expect(above({}).joules).toBeCloseTo(20 * (full.joules - base.joules), 9)
})

test('above a busier baseline it is negative, and its range is the mirror of the positive one', () => {
  const up = modelAboveBaseline(machine({}), use(0.6), use(0.1))
  const down = modelAboveBaseline(machine({}), use(0.1), use(0.6))
  expect(down.joules).toBeCloseTo(-up.joules, 12)
  expect(down.range[0]).toBeCloseTo(-up.range[1], 12)
  expect(down.range[1]).toBeCloseTo(-up.range[0], 12)
})

test('the same load in window and baseline leaves nothing, and no doubt about it', () => {
  const none = modelAboveBaseline(machine({}), use(0.35, 20), use(0.35, 10))
  expect(none.joules).toBeCloseTo(0, 9)
  expect(none.range[1] - none.range[0]).toBeCloseTo(0, 9)
})
