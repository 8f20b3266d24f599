import { createHash } from 'node:crypto'
import type { V1NetworkPolicy, V1Node } from '@kubernetes/client-node'
import type { PlannedCluster } from '../../model/cluster.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { Cluster, Host, Role, Target } from '../../model/target.ts'
import { type Attempt, note } from '../attempt.ts'
import { lockContent } from '../leases.ts'
import { removeObject } from '../removers/kubernetes.ts'
import { LOCKS_NAMESPACE, leaseName, takeLease } from './lease.ts'
import { CLUSTER_HOST, ledgerArgs } from './ledger-line.ts'
import { withLocksNamespace } from './locks-namespace.ts'
import {
  CONTAINER,
  loadJob,
  loadOnly,
  type ManifestParts,
  metadata,
  namespaceOf,
  nodesDaemonSet,
  type Parent,
  POD_FOLDER,
  probePod,
  sutPod,
} from './manifests.ts'
import { LABEL, runSelector } from './names.ts'
import { apply, create, nameOf, type ObjectName } from './objects.ts'
import { awaitPods, type RunningPod } from './pods.ts'
import { probePolicy } from './policy-probe.ts'
import { authsFor, pullSecretOf } from './pull-secret.ts'
import type { Standing, StandingPod } from './standing.ts'

/** For images to be pulled. */
const PODS_SECONDS = 300

/**
 * Makes the pods of a run, waits until they run, locks the machines they landed on, and puts recorders there. The attempt that comes back has
 * the hosts: nodes, or pods where nodes may not be entered. Everything is written to the ledger first.
 */
export async function standUp(a: Attempt, cluster: Cluster): Promise<Attempt> {
  a.notes.step = 'prepare'
  const planned = a.plannedTarget.cluster
  if (planned === undefined) throw new Error(`the plan says nothing of the cluster of ${a.target.id}`)
  const parts = await manifestParts(a, cluster, planned)
  const manifests = { ...parts, parent: await makeFirst(a, cluster, parts) }
  const pods = await makePods(a, cluster, manifests)
  const [sut, ...loads] = pods
  if (sut === undefined) throw new Error('no pod runs')
  const nodes = nodesOf(sut, loads)
  await lockNodes(a, cluster, [...nodes.keys()])
  const landed = { cluster, planned, manifests, sut, loads }
  // It takes some seconds, in which recorders come up.
  const both = new AbortController()
  const signal = AbortSignal.any([a.signal, both.signal])
  const ending = <T>(doing: Promise<T>): Promise<T> =>
    doing.catch((error: unknown) => {
      both.abort(error)
      throw error
    })
  const [standing, policy] = await Promise.allSettled([
    ending(planned.access === 'nodes' ? onNodes({ ...a, signal }, { ...landed, nodes }) : inPods(a, landed)),
    ending(statePolicy({ ...a, signal }, landed)),
  ])
  // Nothing is made any more when what was made is taken down.
  if (standing.status === 'rejected' || policy.status === 'rejected') throw both.signal.reason
  return { ...standing.value, signal: a.signal }
}

/** Whether the cluster keeps others from the workload; where load is made apart, so that there is somebody to tell from others. */
async function statePolicy(a: Attempt, { cluster, manifests, sut, loads }: Landed): Promise<void> {
  const [load] = loads
  if (load === undefined) return
  const { namespace, owner } = manifests
  const pod = probePod(manifests)
  const line = await make(a, cluster, pod)
  const selector = `${runSelector(owner)},${LABEL.part}=probe`
  const wanted = { namespace, selector, count: 1, what: 'a pod that tries the network policy' }
  const [stranger] = await awaitPods(cluster, { ...wanted, deadlineSeconds: PODS_SECONDS, signal: a.signal })
  const hostOf = (name: string, id: string): Host =>
    cluster.host({ id, roles: [], place: { namespace, pod: name, container: CONTAINER } })
  const state = await probePolicy({
    sut: hostOf(sut.name, 'pod-sut'),
    address: sut.address,
    load: hostOf(load.name, 'pod-load'),
    stranger: hostOf(stranger?.name ?? '', 'pod-probe'),
  })
  await note(a, { code: 'NETWORK_POLICY', values: { target: a.target.id, state } })
  const isOurs = (labels: Readonly<Record<string, string>>): boolean =>
    labels[LABEL.campaign] === owner.campaign
  const result = await removeObject(cluster, nameOf(pod), isOurs)
  if (line !== null) await a.ledger.gone(line, result)
}

async function manifestParts(a: Attempt, cluster: Cluster, planned: PlannedCluster): Promise<ManifestParts> {
  const owner = lockContent(a, await cluster.serverTime())
  const own = metadata({ owner }).name ?? ''
  const { namespace } = cluster.settings
  if (planned.namespace === 'existing' && namespace === undefined)
    throw new JoulemarkError({
      code: 'connections-missing',
      exit: 'usage',
      message: `state/hosts.json does not name the namespace of target ${a.target.id}`,
    })
  return {
    owner,
    planned,
    namespace: planned.namespace === 'own' ? own : (namespace ?? own),
    settings: cluster.settings,
    command: await cluster.entryCommand(POD_FOLDER),
    lifeSeconds: wholeLife(a),
    ...(cluster.pullAuth === undefined
      ? {}
      : { pullAuths: authsFor(cluster.settings.image, await cluster.pullAuth()) }),
  }
}

/** Before the pods that need it; in every namespace that has any. */
async function makePullSecret(a: Attempt, cluster: Cluster, manifests: ManifestParts): Promise<void> {
  const { pullAuths } = manifests
  if (pullAuths !== undefined) await make(a, cluster, pullSecretOf(manifests, pullAuths), create)
}

/** Pods can't be told to live longer once they are there: all phases, and what fetching and deploying may take. */
const wholeLife = (a: Attempt): number => {
  const { baseline, idle, warmUp, window, coolDown } = a.plan.protocol.durations
  return (
    Math.ceil(baseline + idle + warmUp + window * a.plan.protocol.windows + coolDown) + UNMEASURED_SECONDS
  )
}
const UNMEASURED_SECONDS = 3600

/** The namespace where it is ours, and what all else in it goes with. */
async function makeFirst(a: Attempt, cluster: Cluster, manifests: ManifestParts): Promise<Parent> {
  if (manifests.planned.namespace === 'own') await make(a, cluster, namespaceOf(manifests, undefined))
  const policy = loadOnly(manifests)
  let uid = ''
  await make(a, cluster, policy, async (...asked) => {
    const { metadata: made } = await apply<V1NetworkPolicy>(...asked)
    uid = made?.uid ?? ''
  })
  return { ...nameOf(policy), uid }
}

/** The pod under test first. */
async function makePods(
  a: Attempt,
  cluster: Cluster,
  manifests: ManifestParts,
): Promise<readonly RunningPod[]> {
  const { namespace, owner, planned } = manifests
  const { load = 'none' } = a.workload.pods ?? {}
  const count = load === 'none' ? 0 : load === 'one' ? 1 : planned.loadPods
  await makePullSecret(a, cluster, manifests)
  await make(a, cluster, sutPod(manifests))
  const selector = (part: string): string => `${runSelector(owner)},${LABEL.part}=${part}`
  const common = { namespace, deadlineSeconds: PODS_SECONDS, signal: a.signal }
  await tell(a, 'wait for the pod under test')
  const sut = await awaitPods(cluster, {
    ...common,
    selector: selector('sut'),
    count: 1,
    what: 'the pod under test',
  })
  if (count === 0) return sut
  await make(a, cluster, loadJob(manifests, count))
  await tell(a, count === 1 ? 'wait for the pod of the load' : `wait for ${count} pods of the load`)
  return [
    ...sut,
    ...(await awaitPods(cluster, { ...common, selector: selector('load'), count, what: 'the load' })),
  ]
}

const tell = async (a: Attempt, text: string): Promise<void> => {
  await a.parts.emit({ type: 'progress', run: a.id, text })
}

/** Into the ledger, then into the cluster; gives the line. What lies in a namespace of ours goes with it, and has no line of its own: null. */
async function make(
  a: Attempt,
  cluster: Cluster,
  manifest: Parameters<typeof apply>[1],
  way: (...asked: Parameters<typeof apply>) => Promise<unknown> = apply,
): Promise<number | null> {
  const object = nameOf(manifest)
  const inOwn = object.namespace !== '' && object.namespace !== cluster.settings.namespace
  const line = inOwn ? null : await ledger(a, cluster, object)
  await way(cluster, manifest, a.signal)
  return line
}

const ledger = (a: Attempt, cluster: Cluster, object: ObjectName): Promise<number> =>
  a.run.make({
    host: CLUSTER_HOST,
    remover: 'kubernetes',
    args: ledgerArgs(object, cluster.settings.namespace),
    what: `${object.kind.toLowerCase()} ${object.name}`,
  })

/** node → id of its host: `sut`; `loadgen`, `loadgen-2` … by name. */
function nodesOf(sut: RunningPod, loads: readonly RunningPod[]): ReadonlyMap<string, string> {
  const others = [...new Set(loads.map(({ node }) => node))].filter(node => node !== sut.node).sort()
  return new Map([
    [sut.node, 'sut'],
    ...others.map((node, i): [string, string] => [node, numbered('loadgen', i)]),
  ])
}

const numbered = (name: string, index: number): string => (index === 0 ? name : `${name}-${index + 1}`)

async function lockNodes(a: Attempt, cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const given = cluster.settings.namespace
  const namespace = given ?? LOCKS_NAMESPACE
  if (given !== undefined) await note(a, { code: 'LOCK_NAMESPACE', values: { target: a.target.id } })
  const boots = given === undefined ? await bootIds(cluster, nodes) : nodes.map(nodeMark)
  for (const boot of new Set(boots)) {
    const name = leaseName(boot, namespace)
    await ledger(a, cluster, name)
    const now = await cluster.serverTime()
    const take = (): Promise<void> => takeLease(cluster, { name, content: lockContent(a, now), now })
    await (given === undefined ? withLocksNamespace(cluster, take) : take())
  }
}

/** Who may not look at nodes knows no more of them than their names, which tell whose they are; a lease by that is seen by nobody else anyway. */
const nodeMark = (node: string): string =>
  `node-${createHash('sha256').update(node).digest('hex').slice(0, 32)}`

async function bootIds(cluster: Cluster, nodes: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const node of nodes) {
    const { status } = await cluster.call<V1Node>({ method: 'GET', path: ['api', 'v1', 'nodes', node] })
    found.push(status?.nodeInfo?.bootID ?? '')
  }
  return found
}

interface Landed {
  readonly cluster: Cluster
  readonly planned: PlannedCluster
  readonly manifests: ManifestParts
  readonly sut: RunningPod
  readonly loads: readonly RunningPod[]
}

/** A recorder on every node that pods landed on. */
async function onNodes(
  a: Attempt,
  o: Landed & { readonly nodes: ReadonlyMap<string, string> },
): Promise<Attempt> {
  const { cluster, manifests, nodes } = o
  const namespace =
    o.planned.namespace === 'own' ? (metadata(manifests, 'nodes').name ?? '') : manifests.namespace
  const there = { ...manifests, namespace }
  if (o.planned.namespace === 'own') {
    await make(a, cluster, namespaceOf(manifests, 'nodes'))
    await makePullSecret(a, cluster, there)
  }
  await make(a, cluster, nodesDaemonSet({ ...there, nodes: [...nodes.keys()] }))
  await tell(a, 'wait for the recorders on the nodes')
  const recorders = await awaitPods(cluster, {
    namespace,
    selector: `${runSelector(manifests.owner)},${LABEL.part}=nodes`,
    count: nodes.size,
    what: 'the recorders on the nodes',
    deadlineSeconds: PODS_SECONDS,
    signal: a.signal,
  })
  const loadNodes = new Set(o.loads.map(({ node }) => node))
  // In the order of nodes: the sut's first, whatever the names of pods.
  const order = [...nodes.keys()]
  const sorted = recorders.toSorted((a, b) => order.indexOf(a.node) - order.indexOf(b.node))
  const hosts = sorted.map(({ name, node }) => {
    const roles: Role[] = []
    if (node === o.sut.node) roles.push('sut')
    if (loadNodes.has(node)) roles.push('loadgen')
    return cluster.host({
      id: nodes.get(node) ?? '',
      roles,
      place: { namespace, pod: name, container: CONTAINER },
    })
  })
  const standing = standingOf(o, {
    idOf: (part, i) => (part === 'sut' ? 'pod-sut' : numbered('pod-load', i)),
    rolesOf: () => [],
    measured: pod => nodes.get(pod.node) ?? '',
  })
  return stand(a, standing, hosts)
}

/** The pods themselves are what is measured. */
async function inPods(a: Attempt, o: Landed): Promise<Attempt> {
  const idOf = (part: 'sut' | 'load', i: number): string => (part === 'sut' ? 'sut' : numbered('loadgen', i))
  const standing = standingOf(o, {
    idOf,
    rolesOf: part => [part === 'sut' ? 'sut' : 'loadgen'],
    measured: (_pod, part, i) => idOf(part, i),
  })
  return stand(a, standing, [])
}

function standingOf(
  { cluster, planned, manifests, sut, loads }: Landed,
  o: {
    readonly idOf: (part: 'sut' | 'load', index: number) => string
    readonly rolesOf: (part: 'sut' | 'load') => readonly Role[]
    readonly measured: (pod: RunningPod, part: 'sut' | 'load', index: number) => string
  },
): Omit<Standing, 'nodes'> {
  const { namespace } = manifests
  const standingPod = (part: 'sut' | 'load', pod: RunningPod, i: number): StandingPod => {
    const host = cluster.host({
      id: o.idOf(part, i),
      roles: o.rolesOf(part),
      place: { namespace, pod: pod.name, container: CONTAINER },
    })
    return { part, pod, host, main: cluster.withMain(host, POD_FOLDER), measured: o.measured(pod, part, i) }
  }
  return {
    cluster,
    planned,
    namespace,
    sut: standingPod('sut', sut, 0),
    loads: loads.map((pod, i) => standingPod('load', pod, i)),
  }
}

function stand(a: Attempt, made: Omit<Standing, 'nodes'>, nodes: readonly Host[]): Attempt {
  const standing: Standing = { ...made, nodes: new Map(nodes.map(node => [node.id, node])) }
  const pods = [standing.sut, ...standing.loads]
  const measured = [...nodes, ...pods.map(({ host }) => host)].filter(({ roles }) => roles.length > 0)
  const inRole = (role: Role): Host | undefined => measured.find(({ roles }) => roles.includes(role))
  const target: Target = {
    ...a.target,
    // Recorders are detached; what a workload starts in a pod is the pod's own, and knows that it is not to be renewed.
    hosts: new Map([...nodes, ...pods.map(({ main }) => main)].map(host => [host.id, host])),
    host: role => {
      const found = inRole(role) ?? inRole('sut')
      if (found === undefined) throw new Error(`no host in the role ${role}`)
      return found
    },
  }
  a.notes.pods.push(
    ...pods.map(({ part, host, measured: node, pod }) => ({
      id: host.id,
      uid: pod.uid,
      part,
      node,
      qos: pod.qos,
    })),
  )
  a.notes.hosts.push(...measured.map(({ id, roles }) => ({ id, roles: [...roles] })))
  return { ...a, target, standing, hosts: measured }
}
