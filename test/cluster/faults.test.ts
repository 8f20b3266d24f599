// What befalls a cluster while a run is measured in it: each ends in a clear finding and a clean cluster, or in a list of what is left.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CampaignEvent } from '../../harness/model/event.ts'
import { type Folder, joulemark, scratch } from '../e2e/support/command.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import { until } from '../testbed/kubernetes/processes.ts'
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
  folder = await scratch('cluster-faults')
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const WEB = { id: 'web-static', params: { rate: 50, vus_max: 10, files: 20, file_kib: 4 } }
const file = (o: Omit<ClusterCampaign, 'workloads'> & { readonly workloads?: readonly object[] }) =>
  campaignFile(cluster, folder.path, { workloads: [WEB], ...o })

/** Does something once, when the window begins. */
function inWindow(act: () => Promise<unknown>): {
  on(event: CampaignEvent): Promise<void>
  done(): boolean
} {
  let began = false
  let done = false
  return {
    async on(event) {
      if (began || event.type !== 'phase' || event.phase !== 'window') return
      began = true
      await act()
      done = true
    },
    done: () => done,
  }
}

/** Names of the pods of a part, in whatever namespace the run is. */
async function pods(
  part: 'sut' | 'load' | 'nodes',
): Promise<{ readonly name: string; readonly namespace: string }[]> {
  const said = await cluster.kubectl(
    'get',
    'pods',
    '--all-namespaces',
    '-l',
    `joulemark/part=${part}`,
    '-o',
    'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}',
  )
  return said
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [namespace = '', name = ''] = line.split(' ')
      return { name, namespace }
    })
}

test('the API server is away for a third of the window: nothing is lost by it', async () => {
  const act = inWindow(() => cluster.restartApiServer(4))
  const ran = await runOnCluster(await file({ name: 'api-away' }), { on: event => act.on(event) })
  expect(act.done()).toBe(true)
  expect(ran.code, reasons(ran)).toBe(0)
  const { runs } = await resultOf(ran.dir)
  expect(runs.map(run => run.outcome)).toEqual(['complete'])
  expect(runs[0]?.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(await leftovers(cluster)).toEqual([])
})

test('a pod of the load is evicted in the window: the run is invalid and says so', async () => {
  const act = inWindow(async () => {
    const [load] = await pods('load')
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: load?.name, namespace: load?.namespace },
    }
    await cluster.kubectl(
      'create',
      '--raw',
      `/api/v1/namespaces/${load?.namespace}/pods/${load?.name}/eviction`,
      '-f',
      await write('eviction.json', JSON.stringify(eviction)),
    )
  })
  const ran = await runOnCluster(await file({ name: 'evicted' }), { on: event => act.on(event) })
  expect(act.done()).toBe(true)
  const { runs } = await resultOf(ran.dir)
  expect(codesOf(runs[0]), reasons(ran)).toContain('POD_LOST')
  expect(runs[0]?.verdicts.measurement).toBe('invalid')
  expect(await leftovers(cluster)).toEqual([])
})

test('the pod under test takes more memory than its limit: a process of it is killed, and the run says so', async () => {
  const act = inWindow(async () => {
    const [sut] = await pods('sut')
    await cluster
      .kubectl(
        'exec',
        '-n',
        sut?.namespace ?? '',
        sut?.name ?? '',
        '--',
        'perl',
        '-e',
        'my $x = "x" x 2e9; sleep 60',
      )
      .catch(() => {})
  })
  const ran = await runOnCluster(await file({ name: 'memory' }), { on: event => act.on(event) })
  expect(act.done()).toBe(true)
  const { runs } = await resultOf(ran.dir)
  expect(codesOf(runs[0]), reasons(ran)).toContain('POD_LOST')
  expect(runs[0]?.verdicts.measurement).toBe('invalid')
  expect(await leftovers(cluster)).toEqual([])
})

test('a node is gone for good in the window: what is left is named, and reap removes it when the node is back', async () => {
  const act = inWindow(() => cluster.stopKubelet('node-b'))
  const ran = await runOnCluster(await file({ name: 'node-gone' }), { on: event => act.on(event) })
  expect(act.done()).toBe(true)
  const { runs } = await resultOf(ran.dir)
  expect(runs[0]?.verdicts.measurement, reasons(ran)).toBe('invalid')
  expect(runs[0]?.verdicts.cleanup).toBe('left behind')
  expect(reasons(ran)).toMatch(/still there .* after it was deleted/)
  await cluster.startKubelet('node-b')
  const reaped = await until('reap', 240, async () => {
    const said = await joulemark(['reap', ran.dir])
    return said.code === 0 ? said : null
  })
  expect(reaped.stdout).toMatch(/all gone|nothing was left/)
  expect(await leftovers(cluster)).toEqual([])
})

test('an image that no node can pull: said at once, with what to look at', async () => {
  const image = cluster.image.replace(/[0-9a-f]{64}$/, '0'.repeat(64))
  const ran = await runOnCluster(await file({ name: 'no-image', target: { image, pull: 'Never' } }))
  expect(reasons(ran)).toMatch(/can't get its image/)
  expect(ran.code).not.toBe(0)
  expect(await leftovers(cluster)).toEqual([])
})

test('a quota that is too small: said with the words of the cluster', async () => {
  await cluster.kubectl('create', 'namespace', 'tight')
  try {
    await cluster.kubectl('create', 'quota', 'small', '-n', 'tight', '--hard=limits.cpu=600m')
    const ran = await runOnCluster(await file({ name: 'quota', target: { namespace: 'tight' } }))
    expect(reasons(ran)).toMatch(/exceeded quota: small/)
    expect(ran.code).not.toBe(0)
    expect(await leftovers(cluster)).toEqual([])
  } finally {
    await cluster.kubectl('delete', 'namespace', 'tight')
  }
})

test('a namespace that does not go: what holds it is named, and reap ends the work when it is let go', async () => {
  let held = ''
  const act = inWindow(async () => {
    held = (await pods('sut'))[0]?.namespace ?? ''
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', finalizers: ['example.org/held'] },
    }
    await cluster.kubectl('create', '-n', held, '-f', await write('held.json', JSON.stringify(map)))
  })
  const ran = await runOnCluster(await file({ name: 'terminating' }), { on: event => act.on(event) })
  expect(act.done()).toBe(true)
  const { runs, cleanup } = await resultOf(ran.dir)
  expect(runs[0]?.verdicts.cleanup, reasons(ran)).toBe('left behind')
  expect(cleanup.left.join('\n')).toContain(held)
  expect(reasons(ran)).toMatch(/example\.org\/held/)
  await cluster.kubectl(
    'patch',
    'configmap',
    'held',
    '-n',
    held,
    '--type=merge',
    '-p',
    '{"metadata":{"finalizers":[]}}',
  )
  const reaped = await joulemark(['reap', ran.dir])
  expect(reaped.code, reaped.stdout + reaped.stderr).toBe(0)
  expect(await leftovers(cluster)).toEqual([])
})

test('the controller is killed in the window: reap cleans up after it, and a dry run says what it would do', async () => {
  let pid = 0
  const ran = await runOnCluster(await file({ name: 'killed' }), {
    on: (event, running) => {
      if (event.type !== 'phase' || event.phase !== 'window' || pid !== 0) return
      pid = running
      process.kill(pid, 'SIGKILL')
    },
  })
  expect(ran.code).not.toBe(0)
  const before = await leftovers(cluster)
  expect(before.length).toBeGreaterThan(3)
  const dry = await joulemark(['reap', ran.dir, '--dry-run'])
  expect(dry.stdout).toMatch(/namespace jm-killed/)
  expect(await leftovers(cluster)).toEqual(before)
  const reaped = await joulemark(['reap', ran.dir])
  expect(reaped.code, reaped.stdout + reaped.stderr).toBe(0)
  expect(await leftovers(cluster)).toEqual([])
})

test('the controller is killed in the window: resume cleans up, measures what is left, and the report has all', async () => {
  let windows = 0
  const ran = await runOnCluster(await file({ name: 'resumed', protocol: { repetitions: 2 } }), {
    on: (event, running) => {
      if (event.type !== 'phase' || event.phase !== 'window') return
      windows += 1
      if (windows === 2) process.kill(running, 'SIGKILL')
    },
  })
  expect(ran.code).not.toBe(0)
  const resumed = await joulemark(['run', '--resume', ran.dir])
  expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0)
  const { runs, groups } = await resultOf(ran.dir)
  expect(runs.map(({ repetition, attempt, outcome }) => [repetition, attempt, outcome])).toEqual([
    [1, 1, 'complete'],
    [2, 1, 'aborted'],
    [2, 2, 'complete'],
  ])
  expect(groups[0]?.counted.length).toBe(2)
  for (const run of runs.filter(({ outcome }) => outcome === 'complete'))
    expect(run.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(await leftovers(cluster)).toEqual([])
})

test('all connections to the API server are cut every two seconds in the window: nothing is lost by it', async () => {
  const direct = await readFile(cluster.kubeconfig, 'utf8')
  const [, server = ''] = /server: (\S+)/.exec(direct) ?? []
  await using line = await cuttable(server)
  const kubeconfig = await write('cut.kubeconfig', direct.replaceAll(server, line.server))
  await chmod(kubeconfig, 0o600)
  const target = { kubeconfig, kubelet: 'proxy' }
  let cutting: NodeJS.Timeout | undefined
  const ran = await runOnCluster(await file({ name: 'cut', target, protocol: { window: 30 } }), {
    on: event => {
      if (event.type !== 'phase') return
      if (event.phase === 'window') cutting = setInterval(() => line.cut(), 2000)
      if (event.phase === 'cool-down') clearInterval(cutting)
    },
  })
  clearInterval(cutting)
  expect(ran.code, reasons(ran)).toBe(0)
  expect(line.rounds()).toBeGreaterThan(10)
  expect(line.connections()).toBeGreaterThan(10)
  const { runs } = await resultOf(ran.dir)
  expect(runs.map(run => run.outcome)).toEqual(['complete'])
  expect(runs[0]?.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(await leftovers(cluster)).toEqual([])
})

test('all connections to the API server are cut every half minute throughout, and every second in the first set-up: that attempt is lost with its reason, and another is measured', async () => {
  const direct = await readFile(cluster.kubeconfig, 'utf8')
  const [, server = ''] = /server: (\S+)/.exec(direct) ?? []
  await using line = await cuttable(server)
  const kubeconfig = await write('cut-throughout.kubeconfig', direct.replaceAll(server, line.server))
  await chmod(kubeconfig, 0o600)
  const cutting = [setInterval(() => line.cut(), 30_000)]
  let setUps = 0
  const ran = await runOnCluster(
    await file({ name: 'cut-throughout', target: { kubeconfig }, protocol: { window: 30, retries: 5 } }),
    {
      on: event => {
        if (event.type === 'phase' && event.phase === 'deploy') {
          setUps += 1
          if (setUps === 1) cutting.push(setInterval(() => line.cut(), 1000))
        }
        if (event.type === 'phase' && event.phase === 'tear-down')
          for (const one of cutting.splice(1)) clearInterval(one)
      },
    },
  )
  for (const one of cutting) clearInterval(one)
  expect(ran.code, reasons(ran)).toBe(0)
  const { runs } = await resultOf(ran.dir)
  expect(runs.length).toBeGreaterThan(1)
  for (const lost of runs.slice(0, -1)) {
    expect(lost.outcome).toBe('aborted')
    expect(codesOf(lost)).toContain('ABORTED')
    expect(lost.verdicts.cleanup).toBe('clean')
  }
  expect(runs.at(-1)?.outcome).toBe('complete')
  expect(runs.at(-1)?.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(await leftovers(cluster)).toEqual([])
})

/** A line to a server whose connections can all be ended without a word. */
async function cuttable(server: string): Promise<
  AsyncDisposable & {
    readonly server: string
    cut(): void
    /** How often it was cut, and how many connections there were. */
    rounds(): number
    connections(): number
  }
> {
  const { hostname, port } = new URL(server)
  const open = new Set<Socket>()
  let rounds = 0
  let connections = 0
  const listener = createServer(near => {
    connections += 1
    const far = connect(Number(port), hostname)
    for (const end of [near, far]) {
      open.add(end)
      end.on('error', () => {})
      end.once('close', () => {
        open.delete(end)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>(resolve => void listener.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    rounds += 1
    for (const end of open) end.resetAndDestroy()
  }
  return {
    server: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    cut,
    rounds: () => rounds,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise(resolve => void listener.close(resolve))
    },
  }
}

async function write(name: string, content: string): Promise<string> {
  const path = `${folder.path}/${name}`
  await writeFile(path, content)
  return path
}
