// A campaign with exactly the rights that `joulemark rbac` prints, and `check` when any of them is missing.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { KubeletRow, RunResult } from '../../harness/model/result.ts'
import { type Folder, joulemark, scratch } from '../e2e/support/command.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import { letBy } from './let-by.ts'
import { codesOf, leftovers, reasons, resultOf, runOnCluster, theCluster } from './support.ts'

let cluster: TestCluster
let folder: Folder
beforeAll(async () => {
  cluster = await theCluster()
  folder = await scratch('cluster-rights')
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const WEB = { id: 'web-static', params: { rate: 50, vus_max: 10, files: 20, file_kib: 4 } }

const Role = z.looseObject({
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
})

/** Takes every verb of every rule of a role away, one at a time; gives what check said each time. */
async function withoutEach(
  role: readonly string[],
  file: string,
): Promise<{ readonly right: string; readonly code: number | null; readonly said: string }[]> {
  const found = Role.parse(JSON.parse(await cluster.kubectl('get', ...role, '-o', 'json')))
  const replace = async (rules: z.infer<typeof Role>['rules']): Promise<void> => {
    const manifest = path.join(folder.path, 'role.json')
    await writeFile(
      manifest,
      JSON.stringify({
        ...found,
        metadata: { ...(found['metadata'] as object), resourceVersion: undefined },
        rules,
      }),
    )
    await cluster.kubectl('replace', '-f', manifest)
  }
  const said: { right: string; code: number | null; said: string }[] = []
  for (const [i, rule] of found.rules.entries())
    for (const verb of rule.verbs) {
      const verbs = rule.verbs.filter(one => one !== verb)
      await replace(
        found.rules.flatMap((one, k) => (k !== i ? [one] : verbs.length === 0 ? [] : [{ ...one, verbs }])),
      )
      const check = await joulemark(['check', file])
      said.push({ right: `${verb} ${rule.resources[0] ?? ''}`, code: check.code, said: check.stdout })
    }
  await replace(found.rules)
  return said
}

const missing = (said: string): string[] =>
  [...said.matchAll(/may not ((?!be )\S+ [\w/]+)/g)].map(([, right = '']) => right)

test('with what rbac prints check is content and the campaign runs; without any one of it check names that one', async () => {
  const file = await letBy({ cluster, folder: folder.path }, 'joulemark-locks', {
    name: 'rights-own',
    target: { kubelet: 'proxy' },
    workloads: [WEB],
  })
  const content = await joulemark(['check', file])
  expect(content.code, content.stdout + content.stderr).toBe(0)
  expect(content.stdout).toMatch(/all \d+ that the campaign needs/)
  expect(content.stdout).toContain('system:serviceaccount:joulemark-locks:joulemark')

  const wide = await withoutEach(['clusterrole', 'joulemark'], file)
  const locks = await withoutEach(['role', 'joulemark', '-n', 'joulemark-locks'], file)
  expect(wide.length).toBeGreaterThan(15)
  expect(locks.length).toBe(5)
  for (const { right, code, said } of [...wide, ...locks]) {
    expect(missing(said), right).toEqual([right])
    expect(code, right).toBe(4)
  }
  expect(await leftovers(cluster)).toEqual([])

  const ran = await runOnCluster(file)
  expect(ran.code, reasons(ran)).toBe(0)
  const [run] = (await resultOf(ran.dir)).runs
  expect(run?.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(codesOf(run)).not.toContain('KUBELET_ABSENT')
  expect(await leftovers(cluster)).toEqual([])
})

test('with the right to read kubelets and no other of nodes, the kubelet tells of nodes and the recorder of pods', async () => {
  const file = await letBy({ cluster, folder: folder.path }, 'joulemark-locks', {
    name: 'rights-kubelet',
    by: 'exec',
    target: { access: 'pod', kubelet: 'direct' },
    workloads: [WEB],
    protocol: { window: 45 },
  })
  // The role is the one of the test before, replaced.
  const rules = await cluster.kubectl(
    'get',
    'clusterrole',
    'joulemark',
    '-o',
    'jsonpath={.rules[*].resources}',
  )
  expect(rules).toContain('nodes/metrics')
  expect(rules).not.toMatch(/nodes\/proxy|daemonsets/)
  const content = await joulemark(['check', file])
  expect(content.code, content.stdout + content.stderr).toBe(0)
  const without = (await withoutEach(['clusterrole', 'joulemark'], file)).find(({ right }) =>
    right.includes('nodes/metrics'),
  )
  expect(missing(without?.said ?? '')).toEqual(['get nodes/metrics'])
  expect(without?.said).toContain('enough for `kubelet: none`')
  const ran = await runOnCluster(file)
  expect(ran.code, reasons(ran)).toBe(0)
  const [run] = (await resultOf(ran.dir)).runs
  expect(run?.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(codesOf(run)).not.toContain('KUBELET_ABSENT')
  expect(codesOf(run)).toContain('DISTURBED')
  const found = run?.cluster
  // Two nodes on one kernel.
  expect(found?.kubeletMachines.map(({ hosts }) => hosts)).toEqual([['sut', 'loadgen']])
  for (const { interval, clockAhead, rows } of found?.kubeletMachines ?? []) {
    expect(interval).toBeGreaterThan(5)
    expect(Math.abs(clockAhead ?? Number.NaN)).toBeLessThan(1)
    const cpus = (of: string): number =>
      rows.filter(row => row.of === of).reduce((sum, row) => sum + (row.cpus ?? Number.NaN), 0)
    expect(cpus('pod')).toBeGreaterThan(0)
    // Groups are looked at at different times: what they say of one another holds but roughly.
    expect(cpus('pods')).toBeGreaterThan(0.5 * cpus('pod'))
    expect(cpus('node')).toBeGreaterThan(cpus('pods'))
    expect(cpus('system')).toBeCloseTo(cpus('node') - cpus('pods'), 9)
    expect(rows.find(({ of }) => of === 'node')?.memoryBytes).toBeGreaterThan(1e8)
  }
  const window = run?.stretches.find(({ phase }) => phase.name === 'window')
  expect(window?.use.map(({ host }) => host).sort()).toEqual(['loadgen', 'sut'])
  for (const { host, services } of window?.use ?? []) {
    const pod = rows(found).find(row => row.pod === host)
    const [service] = services
    expect(service?.cpuSeconds, host).toBeGreaterThan(0)
    expect(pod?.cpus, host).toBeGreaterThan(0)
  }
  // What the workload sends its load receives.
  const bytes = (host: string) => window?.use.find(use => use.host === host)?.services[0]
  expect(bytes('sut')?.transmitBytes).toBeGreaterThan(100_000)
  expect((bytes('loadgen')?.receiveBytes ?? 0) / (bytes('sut')?.transmitBytes ?? 0)).toBeCloseTo(1, 1)
  expect(found?.kubelet.length).toBe(2)
  expect(run?.total.joules).toBeNull()
  expect(await leftovers(cluster)).toEqual([])
})

const rows = (found: NonNullable<RunResult['cluster']> | undefined): KubeletRow[] =>
  (found?.kubeletMachines ?? []).flatMap(machine => machine.rows)

test('with rights in one namespace alone pods are measured from inside, and nodes are not', async () => {
  await cluster.kubectl('create', 'namespace', 'tenant')
  await cluster.kubectl('label', 'namespace', 'tenant', 'pod-security.kubernetes.io/enforce=restricted')
  const file = await letBy({ cluster, folder: folder.path }, 'tenant', {
    name: 'rights-pod',
    target: { namespace: 'tenant', access: 'pod' },
    workloads: [WEB, { id: 'cpu-compress', params: {} }],
  })
  const content = await joulemark(['check', file])
  expect(content.code, content.stdout + content.stderr).toBe(0)
  for (const { right, code, said } of await withoutEach(['role', 'joulemark', '-n', 'tenant'], file)) {
    expect(missing(said), right).toEqual([right])
    expect(code, right).toBe(4)
  }
  const owners = new Set<string>()
  const ran = await runOnCluster(file, {
    on: async event => {
      if (event.type !== 'phase' || event.phase !== 'window') return
      const said = await cluster.kubectl(
        'get',
        'pods,jobs,networkpolicies',
        '-n',
        'tenant',
        '-o',
        'jsonpath={range .items[*]}{.kind}:{.metadata.ownerReferences[*].kind} {end}',
      )
      for (const owner of said.trim().split(' ')) owners.add(owner)
    },
  })
  expect(ran.code, reasons(ran)).toBe(0)
  expect([...owners].sort()).toEqual(['Job:NetworkPolicy', 'NetworkPolicy:', 'Pod:Job', 'Pod:NetworkPolicy'])
  const { runs } = await resultOf(ran.dir)
  expect(runs.length).toBe(2)
  for (const run of runs) {
    expect(run.outcome).toBe('complete')
    expect(run.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
    expect(codesOf(run)).toContain('LOCK_NAMESPACE')
    const [window] = run.stretches.filter(({ phase }) => phase.name === 'window')
    const sut = window?.use.find(({ host }) => host === 'sut')
    expect(sut?.cpuBusySeconds).toBeNull()
    expect(sut?.services[0]?.cpuSeconds).toBeGreaterThan(0)
    expect(run.total.joules).toBeNull()
  }
  expect(await leftovers(cluster)).toEqual([])
})
