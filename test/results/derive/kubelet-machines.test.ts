import { expect, test } from 'vitest'
import {
  type KubeletPoint,
  type KubeletReading,
  type KubeletUse,
  NO_USE,
} from '../../../harness/model/kubelet.ts'
import type { PhaseRecord } from '../../../harness/model/run.ts'
import type { HostClock } from '../../../results/analyse/time/host-clock.ts'
import { kubeletMachines } from '../../../results/derive/kubelet-machines.ts'

const S = 1e6
const WINDOW: PhaseRecord = { name: 'window', index: 0, start: 100 * S, end: 160 * S }
const point = (at: number, value: number): KubeletPoint => ({ at: at * S, value })
const WANTED = { windows: [WINDOW], hosts: ['sut', 'loadgen'], clockOf: () => null }
/** Ahead by 5 s: its stamps are of its own clock. */
const clock = { toWall: at => at + 5 * S } as HostClock

const reading = (host: string, at: number, o: Partial<KubeletReading> = {}): KubeletReading => ({
  host,
  asked: at * S,
  answered: at * S,
  threads: 4,
  bootId: 'b',
  node: { ...NO_USE, cpu: point(at, at * 2) },
  allPods: { ...NO_USE, cpu: point(at + 1, at * 1.5) },
  pods: { 'pod-sut': { ...NO_USE, cpu: point(at - 1, at), memory: point(at, at), write: point(at, 0) } },
  others: 0,
  ...o,
})

const rates = (of: ReturnType<typeof kubeletMachines>[number] | undefined) =>
  Object.fromEntries((of?.rows ?? []).map(row => [row.pod ?? row.of, row.cpus]))

test('rates are those between the first and the last look in the window, by the clock of the node', () => {
  const readings = [90, 106, 106, 120, 135, 150, 166].map(at => reading('sut', at))
  const [machine] = kubeletMachines(readings, { ...WANTED, clockOf: () => clock })
  expect(machine).toMatchObject({ window: 0, hosts: ['sut'], interval: 15, clockAhead: 5 })
  expect(rates(machine)).toEqual({ node: 2, pods: 1.5, system: 0.5, idle: 2, 'pod-sut': 1 })
  const row = (of: string) => machine?.rows.find(one => one.of === of)
  expect(row('node')).toMatchObject({ seconds: 44, memoryBytes: null, receive: null })
  // 106 − 1 is the window's first edge on the node's clock.
  expect(row('pod')).toMatchObject({ seconds: 60, memoryBytes: 127.75, write: 0 })
})

test('without a clock the controller’s is taken, and that is said', () => {
  const readings = [101, 111, 121].map(at => reading('sut', at))
  const [machine] = kubeletMachines(readings, WANTED)
  expect(machine?.clockAhead).toBeNull()
  expect(machine?.rows[0]?.seconds).toBe(20)
})

test('nodes of one boot id are one machine, whose pods are those of all its nodes', () => {
  // They answer in any order.
  const readings = [110, 120, 130].flatMap(at => [
    reading('loadgen', at, { allPods: { ...NO_USE, cpu: point(at, at * 0.25) }, pods: {} }),
    reading('sut', at),
  ])
  const machines = kubeletMachines(readings, WANTED)
  expect(machines.map(({ hosts }) => hosts)).toEqual([['sut', 'loadgen']])
  expect(rates(machines[0])).toMatchObject({ node: 2, pods: 1.75, system: 0.25 })
  const apart = readings.map(one => ({ ...one, bootId: one.host }))
  const two = kubeletMachines(apart, WANTED)
  expect(two.map(({ hosts }) => hosts)).toEqual([['sut'], ['loadgen']])
  expect(rates(two[1])).toMatchObject({ node: 2, pods: 0.25, system: 1.75 })
})

test('one look, a counter that fell and what a kubelet does not say are absent, and no zero', () => {
  const one = kubeletMachines([reading('sut', 120)], WANTED)
  expect(rates(one[0])).toEqual({ node: null, pods: null, system: null, idle: null, 'pod-sut': null })
  expect(one[0]?.interval).toBeNull()
  const fell = [110, 120, 130].map(at =>
    reading('sut', at, { node: { ...NO_USE, cpu: point(at, at === 120 ? 1 : at) }, threads: null }),
  )
  expect(rates(kubeletMachines(fell, WANTED)[0])).toMatchObject({
    node: null,
    pods: 1.5,
    system: null,
    idle: null,
  })
  const silent = [110, 120].map(at => reading('sut', at, { allPods: NO_USE }))
  expect(rates(kubeletMachines(silent, WANTED)[0])).toMatchObject({
    node: 2,
    pods: null,
    system: null,
  })
})

test('what the system used beside pods: memory and disks, too, and no network', () => {
  const of =
    (cpu: number, memory: number, write: number, receive: number | null) =>
    (at: number): KubeletUse => ({
      ...NO_USE,
      cpu: point(at, at * cpu),
      memory: point(at, memory),
      write: point(at, at * write),
      receive: receive === null ? null : point(at, at * receive),
    })
  const [node, pods] = [of(2, 1000, 50, 9), of(1.5, 300, 20, null)]
  const readings = [110, 120].map(at => reading('sut', at, { node: node(at), allPods: pods(at) }))
  const found = kubeletMachines(readings, WANTED)[0]?.rows.find(row => row.of === 'system')
  expect(found).toMatchObject({ cpus: 0.5, memoryBytes: 700, write: 30, read: null, receive: null })
})

test('an answer that does not say on which machine belongs to that of the others', () => {
  const readings = [110, 120, 130].map(at =>
    reading('sut', at, at === 120 ? { bootId: null, threads: null, allPods: NO_USE } : {}),
  )
  const machines = kubeletMachines(readings, WANTED)
  expect(machines.map(({ hosts }) => hosts)).toEqual([['sut']])
  expect(rates(machines[0])).toEqual({ node: 2, pods: 1.5, system: 0.5, idle: 2, 'pod-sut': 1 })
})
