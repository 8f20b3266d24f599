import type { V1NodeList, V1SelfSubjectAccessReview } from '@kubernetes/client-node'
import type { PlannedCluster } from '../../model/cluster.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { PlannedTarget } from '../../model/plan.ts'
import type { Cluster } from '../../model/target.ts'
import { LOCKS_NAMESPACE } from '../../run/cluster/lease.ts'
import { namespaceOfRight, type Right, rightText } from '../../run/cluster/rights.ts'
import { attempt, type CheckItem, failedItem, type HostCheck } from '../../targets/check-item.ts'

/** The first that can end the input of a command in a pod, and apply on the server's side for all kinds that we make. */
const OLDEST_MINOR = 30
const MICROS = 1e6

/** Looks at a cluster: whether it is reached, what may be done there, and whether nodes have room. Nothing is made. */
export async function checkCluster(
  target: PlannedTarget & { readonly cluster: PlannedCluster },
  cluster: Cluster,
  rights: readonly Right[],
): Promise<HostCheck> {
  const check = { target: target.id, host: 'cluster', roles: [], bootId: null }
  let reached: readonly CheckItem[]
  try {
    reached = [...(await serverItems(cluster)), await clockItem(cluster)]
  } catch (error) {
    return { ...check, items: [{ area: 'cluster', ...failedItem('reachable', error) }] }
  }
  const allowed = await attempt('rights', () => rightItems(cluster, rights))
  const places = [
    ...(await attempt('namespace', () => namespaceItem(cluster))),
    ...(await attempt('nodes', () => nodeItems(cluster, target.cluster))),
  ]
  return {
    ...check,
    items: [
      ...[...reached, ...places].map(item => ({ area: 'cluster' as const, ...item })),
      ...allowed.map(item => ({ area: 'rights' as const, ...item })),
    ],
  }
}

async function serverItems(cluster: Cluster): Promise<readonly CheckItem[]> {
  const version = await cluster.call<{ readonly gitVersion?: string; readonly minor?: string }>({
    method: 'GET',
    path: ['version'],
    patienceSeconds: 0,
  })
  const text = version.gitVersion ?? 'an unknown version'
  const minor = Number.parseInt(version.minor ?? '', 10)
  const reachable: CheckItem = { subject: 'reachable', state: 'ok', text: `Kubernetes ${text}` }
  if (minor >= OLDEST_MINOR) return [reachable]
  return [
    reachable,
    {
      subject: 'version',
      state: 'failed',
      text: `${text} can't end the input of a command in a pod`,
      hint: `Kubernetes 1.${OLDEST_MINOR} or newer is needed`,
    },
  ]
}

/** The API server says whole seconds, and those late. */
async function clockItem(cluster: Cluster): Promise<CheckItem> {
  const before = Date.now() * 1000
  const at = await cluster.serverTime()
  const after = Date.now() * 1000
  const ahead = (at + MICROS / 2 - (before + after) / 2) / MICROS
  const doubt = 0.5 + (after - before) / 2 / MICROS
  const text = `the API server's is ${ahead.toFixed(1)} s ahead of this machine's, give or take ${doubt.toFixed(1)} s`
  if (Math.abs(ahead) - doubt < 1) return { subject: 'clock', state: 'ok', text }
  return {
    subject: 'clock',
    state: 'note',
    text,
    hint: 'locks are judged by its clock; clocks of nodes are probed in every run where nodes are measured',
  }
}

async function rightItems(cluster: Cluster, rights: readonly Right[]): Promise<readonly CheckItem[]> {
  const { namespace } = cluster.settings
  const missing: CheckItem[] = []
  for (const right of rights) {
    const [resource = '', subresource] = right.resource.split('/')
    const review = await cluster.call<V1SelfSubjectAccessReview>({
      method: 'POST',
      path: ['apis', 'authorization.k8s.io', 'v1', 'selfsubjectaccessreviews'],
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: {
            verb: right.verb,
            group: right.group,
            resource,
            ...(subresource === undefined ? {} : { subresource }),
            namespace: namespaceOfRight(right, namespace),
          },
        },
      },
    })
    if (review.status?.allowed === true) continue
    missing.push({
      subject: 'right',
      state: 'failed',
      text: `may not ${rightText(right, namespace)}: ${right.why}`,
      hint: 'joulemark rbac FILE prints the manifest that grants all that is needed',
    })
  }
  return missing.length > 0
    ? missing
    : [{ subject: 'rights', state: 'ok', text: `all ${rights.length} that the campaign needs` }]
}

async function namespaceItem(cluster: Cluster): Promise<readonly CheckItem[]> {
  const { namespace } = cluster.settings
  const name = namespace ?? LOCKS_NAMESPACE
  try {
    await cluster.call({ method: 'GET', path: ['api', 'v1', 'namespaces', name] })
    return [{ subject: 'namespace', state: 'ok', text: `${name} is there` }]
  } catch (error) {
    const code = error instanceof JoulemarkError ? error.code : ''
    // Who has rights in one namespace alone may not look at namespaces.
    if (code === 'kube-forbidden') return []
    if (code !== 'kube-not-found') throw error
    return namespace === undefined
      ? [
          {
            subject: 'namespace',
            state: 'note',
            text: `${name} is not there: the first run makes it for its locks`,
          },
        ]
      : [
          {
            subject: 'namespace',
            state: 'failed',
            text: `${name} is not there`,
            hint: `kubectl create namespace ${name}`,
          },
        ]
  }
}

async function nodeItems(cluster: Cluster, planned: PlannedCluster): Promise<readonly CheckItem[]> {
  let list: V1NodeList
  try {
    list = await cluster.call<V1NodeList>({ method: 'GET', path: ['api', 'v1', 'nodes'] })
  } catch (error) {
    if (!(error instanceof JoulemarkError && error.code === 'kube-forbidden')) throw error
    const text = 'may not be listed: whether pods find room shows in the first run'
    return [{ subject: 'nodes', state: 'note', text }]
  }
  const ready = list.items.filter(
    ({ spec, status }) =>
      spec?.unschedulable !== true &&
      (status?.conditions ?? []).some(({ type, status: state }) => type === 'Ready' && state === 'True'),
  )
  const fit = (labels: Readonly<Record<string, string>>, size: PlannedCluster['sut']): string[] =>
    ready
      .filter(
        ({ metadata, status }) =>
          Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value) &&
          cpuMillis(status?.allocatable?.['cpu']) >= size.cpuMillis &&
          memoryBytes(status?.allocatable?.['memory']) >= size.memoryBytes,
      )
      .map(({ metadata }) => metadata?.name ?? '')
  const sut = fit(cluster.settings.nodes.sut, planned.sut)
  const load = fit(cluster.settings.nodes.loadgen, planned.load)
  const counts = `${list.items.length} nodes, ${ready.length} ready; with room for the pod under test ${sut.length}, for a pod of the load ${load.length}`
  const none = sut.length === 0 ? 'the pod under test' : load.length === 0 ? 'a pod of the load' : null
  if (none !== null)
    return [
      {
        subject: 'nodes',
        state: 'failed',
        text: `${counts}: none for ${none}`,
        hint: 'look at size, load.size and nodes of the target',
      },
    ]
  const apart = load.some(name => sut.some(other => other !== name))
  if (planned.placement === 'spread' && !apart)
    return [
      {
        subject: 'nodes',
        state: 'failed',
        text: `${counts}: the load has no other node than the pod under test`,
        hint: 'add a node, or take load.placement: pack',
      },
    ]
  return [{ subject: 'nodes', state: 'ok', text: counts }]
}

/** `2`, `1500m` (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */
export function cpuMillis(quantity: string | undefined): number {
  const [, number, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity ?? '') ?? []
  return number === undefined ? Number.NaN : Number(number) * (milli === 'm' ? 1 : 1000)
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
}

/** `16387108Ki`, `16Gi`. */
export function memoryBytes(quantity: string | undefined): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(quantity ?? '') ?? []
  return number === undefined ? Number.NaN : Number(number) * (FACTORS[unit] ?? Number.NaN)
}
