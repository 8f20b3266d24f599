import { expect, test } from 'vitest'
import { hostClock } from '../../../../results/analyse/time/host-clock.ts'

const probe = (at: number, o: { offset?: number; boot?: number; uncertainty?: number } = {}) => ({
  at,
  offset: o.offset ?? 0,
  uncertainty: o.uncertainty ?? 100,
  wall: at + (o.offset ?? 0),
  boot: o.boot ?? at - 1_000_000,
  resolution: 1,
})

test('no probe, no clock', () => {
  expect(hostClock([])).toBeNull()
})

test('offsets are linear between probes and constant outside of them', () => {
  const clock = hostClock([probe(100e6, { offset: 0 }), probe(200e6, { offset: 1000, boot: 199e6 + 500 })])
  expect(clock?.toWall(150e6)).toBe(150e6 + 500)
  expect(clock?.toMono(150e6)).toBe(149e6 + 250)
  expect(clock?.toWall(300e6)).toBe(300e6 + 1000)
  expect(clock?.toWall(50e6)).toBe(50e6)
})

test('of a group of probes the one with the shortest round trip counts', () => {
  const clock = hostClock([
    probe(100e6, { offset: 90_000, uncertainty: 90_000 }),
    probe(101e6, { offset: 20, uncertainty: 50 }),
    probe(102e6, { offset: 7_000, uncertainty: 9_000 }),
  ])
  expect(clock?.toWall(100e6)).toBe(100e6 + 20)
  expect(clock?.uncertainty(0)).toBe(50)
  expect(clock?.offsetMs).toBe(0.07)
})

test('the offset is the largest that may be: what its probe leaves in doubt is added', () => {
  const clock = hostClock([
    probe(0, { offset: -500_000, uncertainty: 100_000 }),
    probe(60e6, { offset: 300_000, uncertainty: 0 }),
  ])
  expect(clock?.offsetMs).toBe(600)
  // Between two probes the worse one says how well a time is known.
  expect(clock?.uncertainty(50e6)).toBe(100_000)
  expect(clock?.uncertainty(70e6)).toBe(0)
})

test('a step of the wall clock is told from one of the controller', () => {
  const wall = hostClock([probe(0, { boot: 50e6 }), probe(60e6, { boot: 110e6, offset: 600_000 })])
  expect(wall).toMatchObject({ stepMs: 600, controllerStepMs: 0 })
  const controller = hostClock([probe(0, { boot: 50e6 }), probe(60e6, { boot: 109.4e6, offset: -600_000 })])
  expect(controller?.stepMs).toBeCloseTo(0, 9)
  expect(controller?.controllerStepMs).toBeCloseTo(-599.8, 6)
})
