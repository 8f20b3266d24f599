import { expect, test } from 'vitest'
import type { HostEnergy } from '../../../results/derive/host-energy.ts'
import type { HostMeasure } from '../../../results/derive/measure-host.ts'
import { nodeShares } from '../../../results/derive/node-shares.ts'
import type { RunContext } from '../../../results/derive/run-context.ts'

const SECONDS = 60

/** A host of two threads: busy for 30 CPU seconds of 120, 2 of them stolen besides. */
function measure(
  host: string,
  o: { readonly pods: number | null; readonly services?: Record<string, number> },
): HostMeasure {
  const sum = (use: string, instance: string, seconds: number) => ({
    use,
    series: { instance },
    integral: { value: seconds * 1e6 },
  })
  const sums = [
    ...(o.pods === null ? [] : [sum('pods-cpu', 'pods', o.pods)]),
    sum('all-cpu', 'all', 30.5),
    ...Object.entries(o.services ?? {}).map(([id, seconds]) => sum('service-cpu', id, seconds)),
  ]
  const cpu = { busySeconds: 30, totalSeconds: 119, utilisation: 30 / 119, stealShare: 2 / 119 }
  return {
    host,
    facts: { cpu: { threads: 2 } },
    stretches: [null, { seconds: SECONDS, cpu, sums }],
  } as unknown as HostMeasure
}

const context = (services: readonly { readonly id: string; readonly host: string }[]): RunContext =>
  ({
    machineOf: (host: string) => (host === 'other' ? 'machine 2' : 'machine 1'),
    stretches: [
      { name: 'baseline', index: 0 },
      { name: 'window', index: 0 },
    ],
    record: { services },
  }) as unknown as RunContext

const energy = (host: string): HostEnergy => {
  const evidence = { source: 'rapl' }
  return {
    host,
    evidence,
    stretches: [[], [{ evidence, figure: { joules: 1000, range: null } }]],
    baseline: { seconds: 30, figure: { joules: 300 } },
  } as unknown as HostEnergy
}

const services = [
  { id: 'nginx', host: 'sut' },
  { id: 'loadgen', host: 'loadgen' },
  { id: 'loadgen-2', host: 'loadgen' },
]
const measures = [
  measure('sut', { pods: 10, services: { nginx: 9 } }),
  measure('loadgen', { pods: 15, services: { loadgen: 7, 'loadgen-2': 6 } }),
]

test('nodes on one kernel are one machine, whose time is told apart and adds up', () => {
  const [only, ...more] = nodeShares({ context: context(services), measures, energies: [energy('sut')] })
  expect(more).toEqual([])
  expect(only).toMatchObject({ window: 0, hosts: ['sut', 'loadgen'], cpuSeconds: 120 })
  const cpu = only?.cpu
  expect(cpu).toMatchObject({ pods: 25, sut: 9, load: 13, system: 5.5, stolen: 2 })
  expect(cpu?.idle).toBeCloseTo(87, 9)
  expect(cpu?.unexplained).toBeCloseTo(120 - 25 - 5.5 - 87 - 2, 9)
})

test('idle is given the baseline, the rest goes by CPU time, and all of it is the machine’s', () => {
  const [only] = nodeShares({ context: context(services), measures, energies: [energy('sut')] })
  const joules = only?.joules
  expect(joules).toMatchObject({ machine: 1000, idle: 600 })
  expect(joules?.pods).toBeCloseTo((400 * 25) / 33, 9)
  expect(joules?.system).toBeCloseTo((400 * 5.5) / 33, 9)
  expect(joules?.stolen).toBeCloseTo((400 * 2) / 33, 9)
  const { machine, pods, system, idle, stolen, unexplained } = joules ?? {
    machine: 0,
    pods: 0,
    system: 0,
    idle: 0,
    stolen: 0,
    unexplained: 0,
  }
  expect(pods + system + idle + stolen + unexplained).toBeCloseTo(machine, 9)
})

test('without energy or baseline there are no shares of it, and those of CPU time stand', () => {
  const none = { ...energy('sut'), baseline: null } as HostEnergy
  for (const energies of [[], [none]]) {
    const [only] = nodeShares({ context: context(services), measures, energies })
    expect(only?.joules).toBeNull()
    expect(only?.joulesAbsent).toMatch(/no figure of energy/)
    expect(only?.cpu.pods).toBe(25)
  }
})

test('a node whose pods were not recorded says nothing of its machine, and no zero', () => {
  const unknown = [measures[0] as HostMeasure, measure('loadgen', { pods: null })]
  expect(nodeShares({ context: context(services), measures: unknown, energies: [] })).toEqual([])
})

test('a machine that took less than in the baseline is not divided, and no part of it is negative', () => {
  const low = { ...energy('sut'), baseline: { seconds: 30, figure: { joules: 501 } } } as HostEnergy
  const [only] = nodeShares({ context: context(services), measures, energies: [low] })
  expect(only).toMatchObject({ joules: null, joulesAbsent: 'the machine took less than in the baseline' })
})
