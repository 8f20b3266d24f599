// Workloads in pods of a real cluster: beside an SSH host in one report, measured by node and by pod, with load from many pods.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunResult } from '../../harness/model/result.ts'
import { type Folder, joulemark, scratch } from '../e2e/support/command.ts'
import { startHosts } from '../testbed/hosts.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import {
  type ClusterCampaign,
  campaignFile,
  codesOf,
  leftovers,
  reasons,
  resultOf,
  runOnCluster,
  theCluster,
} from './support.ts'

let cluster: TestCluster
let folder: Folder
beforeAll(async () => {
  cluster = await theCluster()
  folder = await scratch('cluster')
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const file = (o: ClusterCampaign) => campaignFile(cluster, folder.path, o)
const WEB = { id: 'web-static', params: { rate: 60, vus_max: 12, files: 20, file_kib: 4 } }

test('three workloads on an SSH host and on the cluster stand in one report, which says what keeps them from a verdict', async () => {
  await using hosts = await startHosts(['sut', 'loadgen'])
  const path = await file({
    name: 'side-by-side',
    targets: [
      {
        id: 'vm',
        kind: 'ssh',
        hosts: { sut: { address: 'jm-sut' }, loadgen: { address: 'jm-loadgen' } },
        roles: { sut: 'sut', loadgen: 'loadgen' },
      },
    ],
    workloads: [
      WEB,
      { id: 'oltp-postgres', params: { scale: 1, rate: 20, clients: 2 } },
      { id: 'cpu-compress', params: {} },
    ],
    protocol: { retries: 1 },
  })
  const ran = await runOnCluster(path, { wrap: hosts.asController })
  expect(ran.code, reasons(ran)).toBe(0)
  const result = await resultOf(ran.dir)
  expect(result.groups.map(({ target, workload }) => `${workload} ${target}`).sort()).toEqual([
    'cpu-compress cluster',
    'cpu-compress vm',
    'oltp-postgres cluster',
    'oltp-postgres vm',
    'web-static cluster',
    'web-static vm',
  ])
  for (const group of result.groups) {
    expect(
      group.counted.length,
      `${group.workload} on ${group.target}: ${JSON.stringify(group.notCounted)}`,
    ).toBe(1)
    expect(group.energyPerUnit.values[0]).toBeGreaterThan(0)
  }
  const report = await joulemark(['report', ran.dir, '--format', 'md,html,json,csv'])
  expect(report.code, report.stderr).toBe(0)
  const compared = await joulemark(['compare', ran.dir, ran.dir])
  expect(compared.stdout + compared.stderr).not.toBe('')
  // The same work, another boundary: the report says in what.
  for (const workload of ['web-static', 'oltp-postgres', 'cpu-compress']) {
    const [pods, vm] = ['cluster', 'vm'].map(target =>
      result.groups.find(group => group.workload === workload && group.target === target),
    )
    expect(pods?.workKey).toEqual(vm?.workKey)
    expect(pods?.boundaryKey['pods']).toBeDefined()
    expect(vm?.boundaryKey['pods']).toBeUndefined()
  }
  expect(await leftovers(cluster)).toEqual([])
})

const shareOf = (run: RunResult): NonNullable<RunResult['cluster']> => {
  if (run.cluster === undefined) throw new Error('the run says nothing of a cluster')
  return run.cluster
}

test('recorder and kubelet agree on the CPU time of pods; what of a machine is whose adds up', async () => {
  const path = await file({
    name: 'agree',
    target: { kubelet: 'proxy' },
    workloads: [{ id: 'cpu-compress', params: {} }],
    protocol: { baseline: 10, window: 115, retries: 2 },
  })
  const ran = await runOnCluster(path)
  expect(ran.code, reasons(ran)).toBe(0)
  const run = (await resultOf(ran.dir)).runs.at(-1) as RunResult
  const { machines, kubelet, pods } = shareOf(run)
  expect(pods.every(({ qos }) => qos === 'Guaranteed')).toBe(true)
  expect(kubelet.length).toBe(1)
  for (const { seconds, recorder, kubelet: said } of kubelet) {
    expect(seconds).toBeGreaterThanOrEqual(60)
    expect(Math.abs(said / (recorder ?? Number.NaN) - 1)).toBeLessThan(0.01)
  }
  expect(machines.length).toBe(1)
  for (const { cpu, cpuSeconds, joules, hosts } of machines) {
    expect(hosts.length).toBeGreaterThan(0)
    expect(Math.abs(cpu.unexplained ?? Number.NaN)).toBeLessThan(0.02 * cpuSeconds)
    if (joules === null) throw new Error('no energy is divided')
    const { machine, range: _, ...parts } = joules
    const sum = Object.values(parts).reduce((a, b) => a + b, 0)
    expect(Math.abs(sum / machine - 1)).toBeLessThan(0.001)
    const energy = run.stretches.find(({ phase }) => phase.name === 'window')?.energy[0]
    expect(machine).toBe(energy?.joules)
  }
  expect(codesOf(run)).not.toContain('KUBELET_ABSENT')
  expect(await leftovers(cluster)).toEqual([])
})
