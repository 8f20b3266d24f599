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
})

test('watts that are only stated are known to 20 % at idle and 10 % at full load, never exactly', () => {
  const t45 = 2.0141
  const known = { threads: 64, overcommitment: 1, year: 2020 }
  const wide = (sd: number): number => Math.exp(2 * t45 * sd)
  expect(width(power({ ...known, fullWatts: 300 }, 1))).toBeCloseTo(wide(0.1), 3)
  expect(width(power({ ...known, idleWatts: 100, fullWatts: 300 }, 1))).toBeCloseTo(wide(0.1), 3)
  expect(width(power({ ...known, idleWatts: 100, fullWatts: 300 }, 0))).toBeCloseTo(wide(0.2), 3)
  expect(width(power({ ...known, idleWatts: 100 }, 0))).toBeCloseTo(wide(0.2), 3)
  // As much at idle as at full load: nothing above it, whatever the load, and still not exact.
  expect(width(power({ ...known, idleWatts: 300, fullWatts: 300 }, 0.7))).toBeCloseTo(wide(0.2), 3)
  expect(width(power({ cpus: 64, bareMetal: true, idleWatts: 100, fullWatts: 400 }, 0.4))).toBeGreaterThan(
    1.3,
  )
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

const bare = machine({ bareMetal: true })

test('on bare metal, above a busier baseline it is negative, and its range is the mirror of the positive one', () => {
  const up = modelAboveBaseline(bare, use(0.6), use(0.1))
  const down = modelAboveBaseline(bare, use(0.1), use(0.6))
  expect(down.joules).toBeCloseTo(-up.joules, 12)
  expect(down.range[0]).toBeCloseTo(-up.range[1], 12)
  expect(down.range[1]).toBeCloseTo(-up.range[0], 12)
})

test('on bare metal the same load in window and baseline leaves nothing, and no doubt about it', () => {
  const none = modelAboveBaseline(bare, use(0.35, 20), use(0.35, 10))
  expect(none.joules).toBeCloseTo(0, 9)
  expect(none.range[1] - none.range[0]).toBeCloseTo(0, 9)
})

test('in a virtual machine that was busy all along the range holds what the work may have taken', () => {
  // Others ran at 98 % in the baseline; of 100 % in the window the work may be anything: by its own curve it is next to nothing.
  const vm = machine({})
  const said = modelAboveBaseline(vm, use(1, 20), use(0.98, 10))
  const own = modelAboveBaseline(machine({ bareMetal: true }), use(1, 20), use(0.98, 10))
  const work = (share: number, slope: number): number => 4 * vm.dynamic * slope * share * 20
  expect(own.range[1]).toBeLessThan(work(0.4, 0.7))
  for (const share of [0.02, 0.4, 1]) {
    for (const slope of [0.7, 1, 1.7]) {
      expect(said.range[0]).toBeLessThan(work(share, slope))
      expect(said.range[1]).toBeGreaterThan(work(share, slope))
    }
  }
})

test('neighbours decide where on the curve a virtual machine works, even when its own baseline was quiet', () => {
  const vm = machine({ threads: 64, idleWatts: 100, fullWatts: 300 })
  const said = modelAboveBaseline(vm, use(0.1), use(0))
  // Steepest and flattest tenth of the curve, by the coefficients: 0 to 10 % and 20 to 30 %.
  for (const slope of [1.749, 0.703]) {
    const joules = 4 * vm.dynamic * slope * 0.1
    expect(said.range[0]).toBeLessThan(joules)
    expect(said.range[1]).toBeGreaterThan(joules)
  }
  expect(said.range[0]).toBeGreaterThan(0)
})

test('the range above baseline holds the figure, and that of bare metal', () => {
  const load = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(load, load, (u, v) => {
      const vm = modelAboveBaseline(machine({}), use(u, 20), use(v, 10))
      const metal = modelAboveBaseline({ ...machine({}), bareMetal: true }, use(u, 20), use(v, 10))
      expect(vm.joules).toBeCloseTo(metal.joules, 9)
      expect(vm.range[0]).toBeLessThanOrEqual(metal.range[0])
      expect(vm.range[1]).toBeGreaterThanOrEqual(metal.range[1])
      expect(vm.range[0]).toBeLessThanOrEqual(vm.joules + 1e-9)
      expect(vm.range[1]).toBeGreaterThanOrEqual(vm.joules - 1e-9)
    }),
  )
})
