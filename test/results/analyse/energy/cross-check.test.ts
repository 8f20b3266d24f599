import { expect, test } from 'vitest'
import type { SourceKind } from '../../../../harness/model/evidence.ts'
import { crossChecks, type Metered } from '../../../../results/analyse/energy/cross-check.ts'
import { draw } from '../../support/random.ts'

const BINS = 240
const metered = (source: string, kind: SourceKind, v: readonly (number | null)[]): Metered => ({
  source,
  kind,
  trace: {
    host: 'web',
    name: 'power',
    source,
    unit: 'W',
    t: v.map((_, i) => i + 0.5),
    v: [...v],
    low: null,
    high: null,
  },
})
const of = draw(7)
/** Idle, load, and something between. */
const load = Array.from({ length: BINS }, (_, i) => [90, 210, 150][Math.floor(i / 40) % 3] as number).map(
  watts => watts + 2 * of.normal(),
)
const wall = metered('pdu', 'wall-meter', load)

test('a meter that is right but for its supplies has slope and offset, no lag and no mark', () => {
  const [check] = crossChecks(wall, [
    metered(
      'bmc',
      'bmc',
      load.map(w => 0.94 * w - 3 + of.normal()),
    ),
  ])
  expect(check?.slope).toBeCloseTo(0.94, 2)
  expect(check?.offset).toBeCloseTo(-3, 0)
  expect(check).toMatchObject({
    source: 'bmc',
    against: 'pdu',
    host: 'web',
    n: BINS,
    lag: 0,
    signature: null,
  })
  const [low, high] = check?.agreement ?? [0, 0]
  expect(low < (check?.difference ?? 0) && (check?.difference ?? 0) < high).toBe(true)
})

test.each([
  [2, 2],
  [0.5, 0.5],
  [0.2, 0.2],
  [10.3, 10],
  [0.00097, 0.001],
])('a meter that is wrong by a factor of %d is named by it', (by, factor) => {
  const [check] = crossChecks(wall, [
    metered(
      'bmc',
      'bmc',
      load.map(w => by * w),
    ),
  ])
  expect(check?.signature).toEqual({ kind: 'factor', factor })
})

test('a factor in the means alone is none: an offset is not a factor, and neither is a part of the machine', () => {
  const mean = load.reduce((a, b) => a + b, 0) / BINS
  const offset = crossChecks(wall, [
    metered(
      'bmc',
      'bmc',
      load.map(w => w + mean),
    ),
  ])
  expect(offset[0]?.ratio).toBeCloseTo(2, 6)
  expect(offset[0]?.signature).toBeNull()
  expect(
    crossChecks(wall, [
      metered(
        'rapl',
        'host-counter',
        load.map(w => w / 2),
      ),
    ])[0]?.signature,
  ).toBeNull()
})

test('one that stays the same while power changes is marked, and one that follows later is told by how much', () => {
  expect(
    crossChecks(wall, [
      metered(
        'bmc',
        'bmc',
        load.map(() => 140),
      ),
    ])[0],
  ).toMatchObject({
    lag: null,
    signature: { kind: 'constant' },
  })
  const late = load.map((_, i) => load[Math.max(0, i - 4)] as number)
  expect(crossChecks(wall, [metered('bmc', 'bmc', late)])[0]?.lag).toBe(4)
})

test('where power does not vary there is a ratio and no more; where nothing was read together there is nothing', () => {
  const flat = metered(
    'pdu',
    'wall-meter',
    load.map(() => 120 + 0.1 * of.normal()),
  )
  expect(
    crossChecks(flat, [
      metered(
        'bmc',
        'bmc',
        load.map(() => 60),
      ),
    ])[0],
  ).toMatchObject({
    slope: null,
    offset: null,
    lag: null,
    signature: { kind: 'factor', factor: 0.5 },
  })
  const gaps = load.map((w, i) => (i < 5 ? w : null))
  expect(crossChecks(wall, [metered('bmc', 'bmc', gaps)])).toEqual([])
})

test('beside one that stood at 0 nothing is said', () => {
  const zero = metered(
    'pdu',
    'wall-meter',
    load.map(() => 0),
  )
  expect(crossChecks(zero, [metered('bmc', 'bmc', load)])).toEqual([])
})
