import type {
  V1Node,
  V1NodeList,
  V1SelfSubjectAccessReview,
  V1SelfSubjectReview,
} from '@kubernetes/client-node'
import type { PlannedCluster } from '../../model/cluster.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { PlannedTarget } from '../../model/plan.ts'
import type { Cluster } from '../../model/target.ts'
import { LOCKS_NAMESPACE } from '../../run/cluster/lease.ts'
import { authsFor } from '../../run/cluster/pull-secret.ts'
import { namespaceOfRight, type Right, rightText } from '../../run/cluster/rights.ts'
import { attempt, type CheckItem, failedItem, type HostCheck } from '../../targets/check-item.ts'
import type { LesserWay } from '../cluster-rights.ts'
import { mayHost, type RoomWanted, roomItem } from './cluster-room.ts'

/** The first that can end the input of a command in a pod, and apply on the server's side for all kinds that we make. */
const OLDEST_MINOR = 30
const MICROS = 1e6

/** Looks at a cluster: whether it is reached, what may be done there, and whether nodes have room. Nothing is made. */
export async function checkCluster(
  target: PlannedTarget & { readonly cluster: PlannedCluster },
  cluster: Cluster,
  {
    rights,
    lesser,
    loadPods,
  }: {
    readonly rights: readonly Right[]
    readonly lesser: readonly LesserWay[]
    readonly loadPods: number
  },
): Promise<HostCheck> {
  const check = { target: target.id, host: 'cluster', roles: [], bootId: null }
  let reached: readonly CheckItem[]
  try {
    reached = [...(await serverItems(cluster)), await clockItem(cluster)]
  } catch (error) {
    return { ...check, items: [{ area: 'cluster', ...failedItem('reachable', error) }] }
  }
  const who = await attempt('user', () => userItem(cluster))
  const wanted = { planned: target.cluster, loadPods, labels: cluster.settings.nodes }
  const allowed = await attempt('rights', () => rightItems(cluster, { rights, lesser }))
  const places = [
    ...(await attempt('namespace', () => namespaceItem(cluster))),
    ...(await attempt('credentials', () => credentialItems(cluster))),
    ...(await attempt('nodes', () => nodeItems(cluster, wanted))),
  ]
  return {
    ...check,
    items: [
      ...[...reached, ...who, ...places].map(item => ({ area: 'cluster' as const, ...item })),
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

/** As whom the API server knows us: every right below is this one's. */
async function userItem(cluster: Cluster): Promise<CheckItem> {
  const unknown = {
    subject: 'user',
    state: 'note',
    text: 'the API server does not say as whom it knows us',
  } as const
  try {
    const review = await cluster.call<V1SelfSubjectReview>({
      method: 'POST',
      path: ['apis', 'authentication.k8s.io', 'v1', 'selfsubjectreviews'],
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    const name = review.status?.userInfo?.username
    return name === undefined ? unknown : { subject: 'user', state: 'ok', text: name }
  } catch (error) {
    const code = error instanceof JoulemarkError ? error.code : ''
    if (code === 'kube-forbidden' || code === 'kube-not-found') return unknown
    throw error
  }
}

/** The API server says whole seconds, and those late. */
async function clockItem(cluster: Cluster): Promise<CheckItem> {
  const before = Date.now() * 1000
  const at = await cluster.serverTime()
  const after = Date.now() * 1000
  const ahead = (at + MICROS / 2 - (before + after) / 2) / MICROS
  const doubt = 0.5 + (after - before) / 2 / MICROS
  const text = `the API server's is ${ahead.toFixed(1)} s ahead of this machine's, give or take ${doubt.toFixed(1)} s: it says whole seconds`
  if (Math.abs(ahead) - doubt < 1) return { subject: 'clock', state: 'ok', text }
  return {
    subject: 'clock',
    state: 'note',
    text,
    hint: 'locks are judged by its clock; clocks of nodes are probed in every run where nodes are measured',
  }
}

async function rightItems(
  cluster: Cluster,
  { rights, lesser }: { readonly rights: readonly Right[]; readonly lesser: readonly LesserWay[] },
): Promise<readonly CheckItem[]> {
  const { namespace } = cluster.settings
  const missing: CheckItem[] = []
  const refused = new Set<string>()
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
    refused.add(rightText(right, namespace))
    missing.push({
      subject: 'right',
      state: 'failed',
      text: `may not ${rightText(right, namespace)}: ${right.why}`,
    })
  }
  const last = missing.at(-1)
  if (last !== undefined)
    missing[missing.length - 1] = {
      ...last,
      hint: 'joulemark rbac FILE prints the manifest that grants all that is needed',
    }
  const enough = lesser.find(way => way.rights.every(right => !refused.has(rightText(right, namespace))))
  if (missing.length > 0)
    return enough === undefined
      ? missing
      : [
          ...missing,
          {
            subject: 'rights',
            state: 'note',
            text: `those that are there are enough for \`${enough.settings}\`, which tells less (docs/kubernetes.md)`,
          },
        ]
  return [{ subject: 'rights', state: 'ok', text: `all ${rights.length} that the campaign needs` }]
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

/** Of the image's registry. Whether they are the right ones shows when a node pulls it. */
async function credentialItems({ settings, pullAuth }: Cluster): Promise<readonly CheckItem[]> {
  if (pullAuth === undefined) return []
  const places = Object.keys(authsFor(settings.image, await pullAuth()))
  return [{ subject: 'credentials', state: 'ok', text: `for ${places.join(', ')}` }]
}

async function nodeItems(
  cluster: Cluster,
  wanted: RoomWanted & { readonly planned: Pick<PlannedCluster, 'kubelet'> },
): Promise<readonly CheckItem[]> {
  try {
    const list = await cluster.call<V1NodeList>({ method: 'GET', path: ['api', 'v1', 'nodes'] })
    const where = list.items.filter(node => mayHost(node, wanted.labels))
    return [roomItem(list.items, wanted), ...(await kubeletItems(cluster, wanted.planned.kubelet, where))]
  } catch (error) {
    if (!(error instanceof JoulemarkError && error.code === 'kube-forbidden')) throw error
    const text = 'may not be listed: whether pods find room, and kubelets answer, shows in the first run'
    return [{ subject: 'nodes', state: 'note', text }]
  }
}

/** Whether kubelets answer in the way that is planned; a few stand for all. */
const MOST_KUBELETS = 5

async function kubeletItems(
  cluster: Cluster,
  way: PlannedCluster['kubelet'],
  nodes: readonly V1Node[],
): Promise<readonly CheckItem[]> {
  if (way === 'none' || nodes.length === 0) return []
  const asked = nodes.slice(0, MOST_KUBELETS)
  const subject = 'kubelet'
  try {
    await Promise.all(
      asked.map(({ metadata, status }) => {
        const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
        const place = { way, node: metadata?.name ?? '', address }
        return cluster.kubeletText(place, ['metrics', 'resource'], AbortSignal.timeout(KUBELET_MILLIS))
      }),
    )
    return [{ subject, state: 'ok', text: `${asked.length} of ${nodes.length} asked, and all answer` }]
  } catch (error) {
    if (!(error instanceof JoulemarkError)) throw error
    // What is not allowed stands among the rights; a kubelet that is asked directly may decide otherwise than the API server.
    if (error.code === 'kube-forbidden' && way === 'proxy') return []
    return [
      {
        subject,
        state: 'failed',
        text: error.message,
        hint:
          way === 'direct'
            ? 'kubelets must be reachable from here at port 10250, have a certificate that the cluster’s authority signed (serverTLSBootstrap), and ask the API server who may read them (authentication and authorization by webhook); else take kubelet: proxy'
            : 'kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource shows the same',
      },
    ]
  }
}

const KUBELET_MILLIS = 15_000
