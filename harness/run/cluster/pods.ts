import { setTimeout as sleep } from 'node:timers/promises'
import type { CoreV1EventList, V1ContainerState, V1Pod, V1PodList } from '@kubernetes/client-node'
import { JoulemarkError } from '../../model/error.ts'
import type { Cluster } from '../../model/target.ts'

const POLL_MILLIS = 500
/** A pod that no node takes is waited for so long: nodes may just be starting. */
const UNSCHEDULABLE_SECONDS = 45
/** Pods that do not come (a quota, an admission rule) are asked after in the events after so long. */
const NO_PODS_SECONDS = 10

/** A pod that runs. */
export interface RunningPod {
  readonly name: string
  readonly uid: string
  readonly node: string
  readonly address: string
  /** IP address of its node. */
  readonly nodeAddress: string
  /** Of its one container, without the runtime's name. */
  readonly containerId: string
  /** Guaranteed, Burstable, BestEffort. */
  readonly qos: string
  /** Number in its job. */
  readonly index: number | null
}

export interface PodsWanted {
  readonly namespace: string
  readonly selector: string
  readonly count: number
  /** For messages: `the load`. */
  readonly what: string
  readonly deadlineSeconds: number
  readonly signal: AbortSignal
}

const INDEX = 'batch.kubernetes.io/job-completion-index'

export const listPods = async (
  cluster: Cluster,
  { namespace, selector }: Pick<PodsWanted, 'namespace' | 'selector'>,
): Promise<readonly V1Pod[]> => {
  const list = await cluster.call<V1PodList>({
    method: 'GET',
    path: ['api', 'v1', 'namespaces', namespace, 'pods'],
    query: { labelSelector: selector },
  })
  return list.items
}

/** Waits until so many pods run. Errors say which pod, why, and what to do. */
export async function awaitPods(cluster: Cluster, wanted: PodsWanted): Promise<readonly RunningPod[]> {
  const begin = performance.now()
  const passed = (): number => (performance.now() - begin) / 1000
  for (;;) {
    const pods = await listPods(cluster, wanted)
    const running = pods.filter(isRunning).map(runningPod)
    if (running.length >= wanted.count)
      return running.sort((a, b) => (a.index ?? 0) - (b.index ?? 0) || (a.name < b.name ? -1 : 1))
    for (const pod of pods) refuseFailed(pod, wanted, passed())
    if (pods.length < wanted.count && passed() > NO_PODS_SECONDS) await refuseUncreated(cluster, wanted)
    if (passed() > wanted.deadlineSeconds)
      throw notReady(wanted, {
        why: `${running.length} of ${wanted.count} pods run after ${Math.round(passed())} s`,
      })
    await sleep(POLL_MILLIS, undefined, { signal: wanted.signal })
  }
}

const isRunning = (pod: V1Pod): boolean =>
  pod.metadata?.deletionTimestamp === undefined &&
  pod.status?.phase === 'Running' &&
  (pod.status.containerStatuses ?? []).every(({ state }) => state?.running !== undefined)

const runningPod = ({ metadata, spec, status }: V1Pod): RunningPod => {
  const index = metadata?.labels?.[INDEX] ?? metadata?.annotations?.[INDEX]
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    node: spec?.nodeName ?? '',
    address: status?.podIP ?? '',
    nodeAddress: status?.hostIP ?? '',
    containerId:
      /^[^:]+:\/\/([0-9a-f]{12,64})$/.exec(status?.containerStatuses?.[0]?.containerID ?? '')?.[1] ?? '',
    qos: status?.qosClass ?? '',
    index: index === undefined ? null : Number(index),
  }
}

/** States from which a pod does not come back in any time that we wait for. */
const PULL = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)$/
const BROKEN =
  /^(CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff|ContainerCannotRun)$/

/** What a container runtime says is a chain of causes, and the last of them is the first that happened. */
const bothEnds = (text: string): string =>
  text.length <= 600 ? text : `${text.slice(0, 200)} … ${text.slice(-400)}`

const pullHint = (said: string): string =>
  /\b40[13]\b|unauthori[sz]ed|authoriz|authentication|forbidden|denied/i.test(said)
    ? 'the registry wants credentials, or others: `pull_auth` of the target refers to them'
    : 'look at `image`, `pull` and `mirror` of the target, and whether nodes reach the registry'

function refuseFailed(pod: V1Pod, wanted: PodsWanted, seconds: number): void {
  const name = pod.metadata?.name ?? ''
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded')
    throw notReady(wanted, {
      why: `pod ${name} ended: ${whyEnded(pod, true)}`,
      open: `a pod ended: ${whyEnded(pod)}`,
    })
  for (const { state } of pod.status?.containerStatuses ?? []) {
    const reason = state?.waiting?.reason ?? ''
    const message = state?.waiting?.message
    const said = message === undefined ? reason : `${reason}: ${bothEnds(message)}`
    if (PULL.test(reason))
      throw notReady(wanted, {
        why: `pod ${name} can't get its image: ${said}`,
        open: `a pod can't get its image (${reason})`,
        hint: pullHint(message ?? ''),
      })
    if (BROKEN.test(reason))
      throw notReady(wanted, {
        why: `pod ${name} can't start: ${said}`,
        open: `a pod can't start (${reason})`,
      })
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False' && seconds > UNSCHEDULABLE_SECONDS)
    throw notReady(wanted, {
      why: `no node takes pod ${name}: ${(scheduled.message ?? scheduled.reason ?? '').slice(0, 300)}`,
      open: 'no node takes a pod',
      hint: 'look at `size`, `load`, `nodes` and `placement` of the target; with a single node take `placement: pack`',
    })
}

async function refuseUncreated(cluster: Cluster, wanted: PodsWanted): Promise<void> {
  const { items } = await cluster.call<CoreV1EventList>({
    method: 'GET',
    path: ['api', 'v1', 'namespaces', wanted.namespace, 'events'],
    query: { fieldSelector: 'reason=FailedCreate', limit: 20 },
  })
  const said = items.at(-1)?.message
  if (said !== undefined)
    throw notReady(wanted, {
      why: `its pods may not be made: ${said.slice(0, 400)}`,
      open: 'its pods may not be made: a quota or an admission rule says no',
      hint: 'a quota or an admission rule of the namespace says no: make room, or ask for less (`size`, `load`)',
    })
}

/** `open`: what of it may go into the archive; default: all. */
const notReady = (
  wanted: PodsWanted,
  { why, open = why, hint }: { readonly why: string; readonly open?: string; readonly hint?: string },
): JoulemarkError =>
  new JoulemarkError({
    code: 'pods-not-ready',
    exit: 'invalid',
    message: `${wanted.what}: ${why}`,
    publicMessage: `${wanted.what}: ${open}`,
    ...(hint === undefined ? {} : { hint }),
  })

/** Why a pod is not what it was; null: it runs. `pod` null: it is not there any more. */
export function whyLost(pod: V1Pod | null): string | null {
  if (pod === null) return 'it is gone: evicted, or deleted by somebody'
  if (pod.metadata?.deletionTimestamp !== undefined) return `it is being deleted: ${whyEnded(pod)}`
  if (pod.status?.phase !== 'Running') return whyEnded(pod)
  const restarted = (pod.status.containerStatuses ?? []).find(({ restartCount }) => restartCount > 0)
  return restarted === undefined ? null : `its container was started again: ${stateText(restarted.lastState)}`
}

/** What the cluster says of a pod that ended: reasons, which are words of its own; `whole`: messages too, which may name anything. */
function whyEnded({ status }: V1Pod, whole = false): string {
  const containers = (status?.containerStatuses ?? [])
    .map(({ state }) => stateText(state))
    .filter(text => text !== '')
  const disruption = (status?.conditions ?? [])
    .filter(({ type, status: state }) => type === 'DisruptionTarget' && state === 'True')
    .map(({ reason, message }) => `${reason ?? ''} ${whole ? (message ?? '') : ''}`.trim())
  const said = [status?.reason, whole ? status?.message : '', ...disruption, ...containers].filter(
    text => text !== undefined && text !== '',
  )
  return (said.length === 0 ? 'no reason is given' : said.join('; ')).slice(0, 400)
}

function stateText(state: V1ContainerState | undefined): string {
  const ended = state?.terminated
  if (ended === undefined) return state?.waiting?.reason ?? ''
  return `${ended.reason ?? 'ended'} with exit code ${ended.exitCode}`
}
