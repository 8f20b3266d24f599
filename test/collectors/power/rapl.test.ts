import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { newMirrorWatch } from '../../../collectors/power/rapl/mirrors.ts'
import { newUnwrapped, unwrap } from '../../../collectors/power/rapl/unwrap.ts'
import type { Zone } from '../../../collectors/power/rapl/zones.ts'
import { rapl } from '../../../collectors/power/rapl.ts'
import type { Finding } from '../../../harness/model/finding.ts'
import type { HostFacts } from '../../../harness/model/target.ts'
import { toMicros } from '../../../harness/model/units.ts'
import { counterIntegral, differences } from '../../../results/analyse/integrate/counter.ts'
import type { Integral } from '../../../results/analyse/integrate/integral.ts'
import { meterParts } from '../../../results/analyse/statistics/uncertainty.ts'
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

/** Energy of a window by what the parser makes of the readings of one package, at their times in s. */
function energyOf(
  facts: HostFacts,
  readings: readonly (readonly [number, number])[],
  [from, to]: [number, number],
): { readonly energy: Integral; readonly findings: readonly Finding[] } {
  const parser = rapl.parser(facts, 'sut')
  const integral = counterIntegral({ from: from * 1e6, to: to * 1e6 })
  const add = differences(integral.add)
  readings.forEach(([seconds, microjoules], i) => {
    const at = toMicros(seconds)
    const bytes = new TextEncoder().encode(`${microjoules}\n`)
    parser.push({ source: 'rapl/intel-rapl:0', mono: at, wall: at, bytes })
    if (i % 7 === 0) for (const batch of parser.drain()) add(batch)
  })
  for (const batch of parser.drain(true)) add(batch)
  return { energy: integral.result(), findings: parser.findings() }
}

/** A counter of 100 W from 100 s on that stands still between two times. */
const frozen =
  (from: number, to: number) =>
  (seconds: number): number =>
    1e9 + 1e8 * Math.round(seconds - Math.max(0, Math.min(seconds, to) - from))

const amd = fixtureHost('amd-one-socket', rapl.probePaths).facts
const guest = { ...amd, virtualization: 'kvm' }
const SECONDS = Array.from({ length: 41 }, (_, i) => 100 + i)

test.each([
  ['server', amd, 132, 999],
  ['server', amd, 120, 129],
  ['server', amd, 120, 121],
  ['guest', guest, 132, 999],
  ['guest', guest, 120, 129],
] as const)(
  'of a window in which the counter of a %s stands still there is no energy (%#)',
  (_, facts, from, to) => {
    const counter = frozen(from, to)
    const readings = SECONDS.map(s => [s, counter(s)] as const)
    const { energy, findings } = energyOf(facts, readings, [115, 135])
    expect(energy).not.toHaveProperty('value')
    expect(findings).toMatchObject([{ code: 'COUNTER_STUCK', values: { times: 1 } }])
    expect(energyOf(facts, readings, [102, 118]).energy).toEqual({ value: 1.6e9 })
  },
)

test('law: energy of a window is that of the power, or absent, wherever the counter stands still', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(amd, guest),
      fc.integer({ min: 100, max: 140 }),
      fc.integer({ min: 3, max: 20 }),
      (facts, from, length) => {
        const counter = frozen(from, from + length)
        const { energy } = energyOf(
          facts,
          SECONDS.map(s => [s, counter(s)]),
          [115, 135],
        )
        const touches = from < 136 && from + length > 114
        expect('value' in energy ? energy.value === 2e9 : touches).toBe(true)
      },
    ),
    { seed: 7 },
  )
})

test('a counter that a hypervisor updates every other second is not stuck at 10 Hz', () => {
  const readings = Array.from({ length: 100 }, (_, i) => [1 + i / 10, Math.floor(i / 20) * 5e6] as const)
  const { energy, findings } = energyOf(guest, readings, [1, 9])
  expect(energy).toEqual({ value: 2e7 })
  expect(findings).toEqual([])
})

test('in a guest the counter is what the hypervisor allocates, and how well it does is not known', () => {
  const evidence = rapl.evidence(guest)
  expect(evidence).toMatchObject({
    kind: 'hypervisor-allocated',
    scope: 'cpu package as the hypervisor allocates it, 1 socket, dram not included',
  })
  expect(meterParts(evidence, { joules: 100, seconds: 10, edge: 0 }).attribution).toBeNull()
  expect(meterParts(rapl.evidence(amd), { joules: 100, seconds: 10, edge: 0 }).attribution).toBe(0)
})

const dies = ['package-0-die-0', 'package-0-die-1'].map(name => ({ ...zone, name }))

/** Verdict of the second die after so many ticks of seconds each. */
function verdictAfter(
  ticks: number,
  seconds: number,
  of: (tick: number) => readonly [number, number],
): string {
  const watch = newMirrorWatch(dies)
  for (let i = 0; i < ticks; i++) {
    const [a, b] = of(i)
    watch.tick(
      new Map([
        ['package-0-die-0', a],
        ['package-0-die-1', b],
      ]),
      seconds,
    )
  }
  expect(watch.verdict('package-0-die-0')).toEqual({ is: 'own' })
  return watch.verdict('package-0-die-1').is
}

test('law: one register read twice is seen as one, though it is updated in between now and then', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0.1, 1),
      fc.integer({ min: 5, max: 300 }),
      fc.integer({ min: 20, max: 60 }),
      fc.nat(60),
      (seconds, watts, every, phase) => {
        // One update, 1 ms of power, falls between the two reads of every so-many-th tick: its die has more in one step, less in the next.
        const late = (tick: number): number => ((tick + phase) % every === 0 ? watts * 1e3 : 0)
        const energy = watts * seconds * 1e6
        const verdict = verdictAfter(60, seconds, i => [energy, energy + late(i) - late(i - 1)])
        expect(verdict).toBe('mirror')
      },
    ),
    { seed: 7 },
  )
})

test('law: two registers of the same power are not taken for one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(800), fc.nat(800)), { minLength: 60, maxLength: 60 }), noise => {
      const verdict = verdictAfter(60, 0.1, i => {
        const [a, b] = noise[i] ?? [0, 0]
        return [2e6 + a * 61, 2e6 + b * 61]
      })
      expect(verdict).toBe('own')
    }),
    { seed: 7 },
  )
})

test('differences that say nothing decide nothing; small ones are gathered until they do', () => {
  expect(verdictAfter(1000, 0.1, () => [0, 0])).toBe('undecided')
  expect(verdictAfter(8, 0.1, () => [20_000, 20_000])).toBe('undecided')
  expect(verdictAfter(12, 0.1, () => [20_000, 20_000])).toBe('mirror')
})
