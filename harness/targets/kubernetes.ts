import { isIPv6 } from 'node:net'
import type { ClusterRequest, KubeletPlace } from '../model/cluster.ts'
import { JoulemarkError } from '../model/error.ts'
import type { Cluster, Host } from '../model/target.ts'
import type { Door } from '../transport/door.ts'
import { entryCommand, withMain } from '../transport/kubernetes/entry.ts'
import { callJson, type Kube, kubePath } from '../transport/kubernetes/kube.ts'
import { openKube } from '../transport/kubernetes/kubeconfig.ts'
import { openPodDoor } from '../transport/kubernetes/pod-door.ts'
import { makeHost } from './host.ts'
import { type ConnectRequest, makeTarget, systemNow, type TargetKind } from './kind.ts'

/** Pods are entered as the user that they run as; nobody becomes another there. */
const NOBODY_ELSE = { kind: 'none', password: null } as const

/** A Kubernetes cluster. Its hosts are there once pods are: harness/run makes them. */
export const kubernetes: TargetKind = {
  id: 'kubernetes',
  title: 'Kubernetes',
  about:
    'A cluster under a context of a kubeconfig. Workloads run in pods; nodes are measured by a recorder in a pod of its own on each, by their kubelet, or not at all.',
  async connect(request) {
    const { connection, env, now = systemNow } = request
    if (connection.kind !== 'kubernetes')
      throw new TypeError('a target of kind kubernetes needs a connection of kind kubernetes')
    const kube = await openKube({
      env,
      ...(connection.kubeconfig === undefined ? {} : { kubeconfig: connection.kubeconfig }),
      ...(connection.context === undefined ? {} : { context: connection.context }),
    })
    const doors: Door[] = []
    const close = async (): Promise<void> => {
      for (const door of doors) await door[Symbol.asyncDispose]()
    }
    const cluster: Cluster = {
      settings: connection,
      call: asked => callJson(kube, toRequest(asked)),
      text: async asked => (await kube.call(toRequest(asked))).body.toString('utf8'),
      kubeletText: (place, path, signal) => kubeletText(kube, { place, path, signal }),
      serverTime: () => serverTime(kube),
      entryCommand,
      withMain,
      ...pullAuth(request),
      host: ({ id, roles, place }): Host => {
        const door = openPodDoor(kube, async () => place)
        doors.push(door)
        return makeHost({ id, roles, door, become: NOBODY_ELSE, now })
      },
    }
    return { ...makeTarget(request, [], close), cluster }
  },
}

/** Read when the first run needs it. */
function pullAuth({ connection, readSecret }: ConnectRequest): Pick<Cluster, 'pullAuth'> {
  if (connection.kind !== 'kubernetes' || connection.pullAuth === undefined) return {}
  const ref = connection.pullAuth
  let content: Promise<string> | null = null
  return { pullAuth: () => (content ??= readSecret(ref, 'whole')) }
}

/** Of a kubelet's own server, unless a cluster was told otherwise (KubeletConfiguration.port). */
const KUBELET_PORT = 10250
const KUBELET_SECONDS = 10

async function kubeletText(
  kube: Kube,
  o: { readonly place: KubeletPlace; readonly path: readonly string[]; readonly signal: AbortSignal },
): Promise<string> {
  const common = {
    method: 'GET',
    deadlineSeconds: KUBELET_SECONDS,
    patienceSeconds: 0,
    signal: o.signal,
  } as const
  const { way, node, address } = o.place
  const host = isIPv6(address) ? `[${address}]` : address
  const request =
    way === 'proxy'
      ? { ...common, path: kubePath('api', 'v1', 'nodes', node, 'proxy', ...o.path) }
      : {
          ...common,
          path: kubePath(...o.path),
          other: { server: `https://${host}:${KUBELET_PORT}`, who: 'the kubelet' },
        }
  return (await kube.call(request)).body.toString('utf8')
}

const toRequest = ({ path, ...rest }: ClusterRequest) => ({ ...rest, path: kubePath(...path) })

async function serverTime(kube: Kube): Promise<number> {
  const { at } = await kube.call({ method: 'GET', path: '/version' })
  if (at !== null) return at
  throw new JoulemarkError({
    code: 'kube-clock',
    exit: 'unreachable',
    message: 'the API server does not say what time it is (no Date header), so locks can not be judged',
  })
}
