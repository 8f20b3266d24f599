import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { newUnwrapped, unwrap } from '../../../collectors/power/rapl/unwrap.ts'
import type { Zone } from '../../../collectors/power/rapl/zones.ts'
import { rapl } from '../../../collectors/power/rapl.ts'
import { toMicros } from '../../../harness/model/units.ts'
import { fixtureHost } from '../../support/fixture-host.ts'

const zone: Zone = {
  name: 'package-0',
  kind: 'package',
  folder: 'intel-rapl:0',
  socket: 0,
  path: '/sys/class/powercap/intel-rapl:0/energy_uj',
  maxMicrojoules: 65_532_610_987,
  limitWatts: 400,
  forbidden: false,
}

test.each([
  [
    'intel-two-socket',
    'cpu package+dram, 2 sockets',
    ['package-0', 'package-0-dram', 'package-1', 'package-1-dram'],
  ],
  ['amd-one-socket', 'cpu package, 1 socket, dram not included', ['package-0']],
])('on %s the scope is %s', (machine, scope, zones) => {
  const { facts } = fixtureHost(machine, rapl.probePaths)
  expect(rapl.evidence(facts)).toEqual({ source: 'rapl', kind: 'host-counter', class: 'E0', scope })
  expect(rapl.probe(facts)).toEqual({ state: 'available', detail: `${scope} (${zones.join(', ')})` })
})

test('a guest is told that guests have no sensor, a server how to load the module', () => {
  const guest = fixtureHost('vm-kvm', rapl.probePaths).facts
  expect(rapl.probe(guest)).toMatchObject({ state: 'absent', reason: expect.stringContaining('guest (kvm)') })
  const server = fixtureHost('intel-two-socket').facts
  expect(rapl.probe(server)).toMatchObject({ state: 'absent', hint: expect.stringContaining('modprobe') })
})

test('who may not read is told why and what to do, and the recorder is asked to read as root', () => {
  const { facts } = fixtureHost('intel-two-socket', rapl.probePaths)
  const denied = Object.entries(facts.probes).map(([path, look]) => [
    path,
    path.endsWith('energy_uj') ? { error: 'EACCES' } : look,
  ])
  const user = { ...facts, probes: Object.fromEntries(denied) }
  expect(rapl.probe(user)).toMatchObject({
    state: 'forbidden',
    hint: expect.stringContaining('become: sudo'),
  })
  expect(rapl.sources(user).map(source => source.become)).toEqual([true, true, true, true])
  expect(rapl.sources(facts).map(source => source.become)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('law: any power the package can draw, with missing ticks and wraps, adds up to what was used', () => {
  const step = fc.record({
    seconds: fc.double({ min: 0.1, max: 30, noNaN: true }),
    watts: fc.double({ min: 1, max: 400, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 65_532_610_987n }),
      fc.array(step, { maxLength: 200 }),
      (start, steps) => {
        const counter = newUnwrapped()
        const max = BigInt(Number(zone.maxMicrojoules))
        let used = 0n
        let seconds = 100
        unwrap(counter, zone, start, toMicros(seconds))
        for (const { seconds: after, watts } of steps) {
          seconds += after
          used += BigInt(Math.round(after * watts * 1e6))
          const value = unwrap(counter, zone, (start + used) % max, toMicros(seconds))
          expect(value).toBe(Number(used))
        }
        expect(counter.base).toBe(start.toString())
      },
    ),
    { seed: 7, numRuns: 100 },
  )
})

test('law: a reset is never turned into energy beyond what the package can draw', () => {
  fc.assert(
    fc.property(fc.nat(65_532_610_987), fc.nat(65_532_610_987), (before, after) => {
      const counter = newUnwrapped()
      unwrap(counter, zone, before, toMicros(1))
      const value = unwrap(counter, zone, after, toMicros(2))
      expect(value ?? 0).toBeLessThanOrEqual(2 * 400e6 * 1.1)
      expect(value ?? 0).toBeGreaterThanOrEqual(0)
    }),
    { seed: 7 },
  )
})

test('a counter that a hypervisor updates every other second is not stuck at 10 Hz', () => {
  const counter = newUnwrapped()
  const values = Array.from({ length: 100 }, (_, i) =>
    unwrap(counter, zone, Math.floor(i / 20) * 5_000_000, toMicros(1 + i / 10)),
  )
  expect(values).not.toContain(null)
  expect(counter.stuck).toBe(0)
})
