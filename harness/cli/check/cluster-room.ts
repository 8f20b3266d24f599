import type { V1Node } from '@kubernetes/client-node'
import type { ClusterConnection, PlannedCluster, PodSize } from '../../model/cluster.ts'
import type { CheckItem } from '../../targets/check-item.ts'

export interface RoomWanted {
  readonly planned: Pick<PlannedCluster, 'sut' | 'load' | 'placement'>
  /** Pods of the load of the run that has the most; 0: no run has any. */
  readonly loadPods: number
  readonly labels: ClusterConnection['nodes']
}

/** A node, as far as pods of ours may land there. */
interface Place {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly size: PodSize
}

/** Whether the pods of a run fit on the nodes by what these have in all; what others use of them shows in the run. */
export function roomItem(nodes: readonly V1Node[], wanted: RoomWanted): CheckItem {
  const { planned, loadPods, labels } = wanted
  const places = nodes.filter(takesPods).map(placeOf)
  const fit = (of: Readonly<Record<string, string>>, size: PodSize): readonly Place[] =>
    places.filter(place => hasLabels(place, of) && podsIn(place.size, size) > 0)
  const sut = fit(labels.sut, planned.sut)
  const load = fit(labels.loadgen, planned.load)
  const counts = [
    `${nodes.length} nodes, ${places.length} of them take pods; large enough for the pod under test ${sut.length}`,
    ...(loadPods === 0 ? [] : [`for a pod of the load ${load.length}`]),
  ].join(', ')
  const lack = whatLacks({ sut, load }, wanted)
  if (lack === null) return { subject: 'nodes', state: 'ok', text: counts }
  return { subject: 'nodes', state: 'failed', text: `${counts}: ${lack.why}`, hint: lack.hint ?? HINT }
}

const HINT = 'look at size, load and nodes of the target'

interface Lack {
  readonly why: string
  readonly hint?: string
}

/** null: there is room. */
function whatLacks(
  { sut, load }: { readonly sut: readonly Place[]; readonly load: readonly Place[] },
  { planned, loadPods }: RoomWanted,
): Lack | null {
  if (sut.length === 0) return { why: 'none for the pod under test' }
  if (loadPods === 0) return null
  if (load.length === 0) return { why: 'none for a pod of the load' }
  const whole = loadPods === 1 ? 'its load' : `its ${loadPods} pods of load`
  const others = (under: Place): readonly Place[] => load.filter(({ name }) => name !== under.name)
  const roomBeside = (under: Place): number =>
    others(under).reduce((sum, { size }) => sum + podsIn(size, planned.load), 0)
  if (planned.placement === 'pack') {
    const both = sut.filter(({ name }) => load.some(other => other.name === name))
    return both.some(({ size }) => podsIn(less(size, planned.sut), planned.load) >= loadPods)
      ? null
      : { why: `none for the pod under test together with ${whole}` }
  }
  if (sut.every(under => others(under).length === 0))
    return {
      why: 'the load has no other node than the pod under test',
      hint: 'add a node, or take load.placement: pack',
    }
  return sut.some(under => roomBeside(under) >= loadPods)
    ? null
    : { why: `nodes beside that of the pod under test are too few or too small for ${whole}` }
}

/** Ready, and nothing keeps pods of ours away: they tolerate no taint. */
const takesPods = ({ spec, status }: V1Node): boolean =>
  spec?.unschedulable !== true &&
  !(spec?.taints ?? []).some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') &&
  (status?.conditions ?? []).some(({ type, status: state }) => type === 'Ready' && state === 'True')

/** Whether pods of ours may land on a node by its state and labels. */
export const mayHost = (node: V1Node, labels: RoomWanted['labels']): boolean =>
  takesPods(node) && [labels.sut, labels.loadgen].some(wanted => hasLabels(placeOf(node), wanted))

const placeOf = ({ metadata, status }: V1Node): Place => ({
  name: metadata?.name ?? '',
  labels: metadata?.labels ?? {},
  size: {
    cpuMillis: cpuMillis(status?.allocatable?.['cpu']),
    memoryBytes: memoryBytes(status?.allocatable?.['memory']),
  },
})

const hasLabels = ({ labels }: Place, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value)

/** How many pods of a size fit; 0 where it is not known how large the place is. */
function podsIn(place: PodSize, pod: PodSize): number {
  const pods = Math.floor(Math.min(place.cpuMillis / pod.cpuMillis, place.memoryBytes / pod.memoryBytes))
  return pods > 0 ? pods : 0
}

const less = (place: PodSize, pod: PodSize): PodSize => ({
  cpuMillis: place.cpuMillis - pod.cpuMillis,
  memoryBytes: place.memoryBytes - pod.memoryBytes,
})

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
