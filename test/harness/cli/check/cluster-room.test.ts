import type { V1Node } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import {
  cpuMillis,
  memoryBytes,
  type RoomWanted,
  roomItem,
} from '../../../../harness/cli/check/cluster-room.ts'

test.each([
  ['2', 2000],
  ['1500m', 1500],
  ['0.5', 500],
])('%s CPUs', (text, millis) => {
  expect(cpuMillis(text)).toBe(millis)
})

test.each([
  ['16387108Ki', 16_387_108 * 1024],
  ['16Gi', 16 * 1024 ** 3],
  ['1G', 1e9],
  ['128974848', 128_974_848],
])('%s of memory', (text, bytes) => {
  expect(memoryBytes(text)).toBe(bytes)
})

test.each(['', 'many', '1e3', '-1', '12Qi'])('%j is no quantity that is known', text => {
  expect(memoryBytes(text)).toBeNaN()
  expect(cpuMillis(text)).toBeNaN()
})

/** A node that is ready, with 4 CPUs and 8 GiB. */
const node = (
  name: string,
  o: {
    readonly cpu?: string
    readonly labels?: Record<string, string>
    readonly ready?: string
    readonly spec?: V1Node['spec']
  } = {},
): V1Node => ({
  metadata: { name, labels: o.labels ?? {} },
  spec: o.spec ?? {},
  status: {
    allocatable: { cpu: o.cpu ?? '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: o.ready ?? 'True' }],
  },
})

const GIB = 1024 ** 3
const wanted = (
  o: Partial<Omit<RoomWanted, 'planned'>> & { readonly placement?: 'spread' | 'pack' } = {},
): RoomWanted => ({
  planned: {
    sut: { cpuMillis: 2000, memoryBytes: GIB },
    load: { cpuMillis: 1000, memoryBytes: GIB },
    placement: o.placement ?? 'spread',
  },
  loadPods: o.loadPods ?? 1,
  labels: o.labels ?? { sut: {}, loadgen: {} },
})
const state = (nodes: readonly V1Node[], o: RoomWanted): string => roomItem(nodes, o).state

test('a pod of the load has a node beside that of the pod under test, or none does', () => {
  expect(state([node('a'), node('b')], wanted())).toBe('ok')
  const alone = roomItem([node('a')], wanted())
  expect(alone).toMatchObject({ state: 'failed', hint: 'add a node, or take load.placement: pack' })
  expect(state([node('a')], wanted({ placement: 'pack' }))).toBe('ok')
})

test('one node is enough for who has no load apart', () => {
  expect(state([node('a')], wanted({ loadPods: 0 }))).toBe('ok')
})

test.each([
  ['is not ready', { ready: 'False' }],
  ['is of unknown state', { ready: 'Unknown' }],
  ['is cordoned', { spec: { unschedulable: true } }],
  [
    'is kept for others',
    { spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } },
  ],
  ['is being emptied', { spec: { taints: [{ key: 'maintenance', effect: 'NoExecute' }] } }],
  ['is too small', { cpu: '999m' }],
  ['does not say how large it is', { cpu: 'many' }],
])('a second node that %s is none', (_, o) => {
  expect(state([node('a'), node('b', o)], wanted())).toBe('failed')
})

test('a node that is only better avoided takes pods', () => {
  const spec = { taints: [{ key: 'slow', effect: 'PreferNoSchedule' }] }
  expect(state([node('a'), node('b', { spec })], wanted())).toBe('ok')
})

test('only nodes with the labels count, for each part its own', () => {
  const nodes = [node('a', { labels: { disk: 'ssd' } }), node('b', { labels: { disk: 'hdd' } })]
  const labels = (sut: string, loadgen: string) => ({ sut: { disk: sut }, loadgen: { disk: loadgen } })
  expect(state(nodes, wanted({ labels: labels('ssd', 'hdd') }))).toBe('ok')
  expect(state(nodes, wanted({ labels: labels('ssd', 'ssd') }))).toBe('failed')
  expect(roomItem(nodes, wanted({ labels: labels('tape', 'hdd') })).text).toContain(
    'none for the pod under test',
  )
  expect(roomItem(nodes, wanted({ labels: labels('ssd', 'tape') })).text).toContain(
    'none for a pod of the load',
  )
})

test('all pods of the load need room: beside the node of the pod under test, or on it', () => {
  const nodes = [node('a'), node('b', { cpu: '3' })]
  expect(state(nodes, wanted({ loadPods: 4 }))).toBe('ok')
  expect(state(nodes, wanted({ loadPods: 5 }))).toBe('failed')
  expect(state(nodes, wanted({ placement: 'pack', loadPods: 2 }))).toBe('ok')
  expect(state(nodes, wanted({ placement: 'pack', loadPods: 3 }))).toBe('failed')
})

test('load that is packed goes where both parts may stand', () => {
  const nodes = [node('a', { labels: { disk: 'ssd' } }), node('b')]
  const labels = { sut: {}, loadgen: { disk: 'ssd' } }
  expect(state(nodes, wanted({ placement: 'pack', labels }))).toBe('ok')
  expect(state(nodes.slice(1), wanted({ placement: 'pack', labels }))).toBe('failed')
})
