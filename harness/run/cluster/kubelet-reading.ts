import { type KubeletReading, type KubeletUse, NO_USE } from '../../model/kubelet.ts'
import { isCard } from '../../model/network-card.ts'
import { type StampedSample, stampedSamplesOf } from '../../model/prometheus-text.ts'

/** Text that a kubelet answered with. */
export interface KubeletSaid {
  /** /metrics/resource: CPU time and memory of node and pods. */
  readonly resource: string
  /** /metrics/cadvisor: the machine, the group of all pods, network and disks. null: it did not say. */
  readonly cadvisor: string | null
}

const RESOURCE = new Set([
  'node_cpu_usage_seconds_total',
  'node_memory_working_set_bytes',
  'pod_cpu_usage_seconds_total',
  'pod_memory_working_set_bytes',
])
const MACHINE = 'machine_cpu_cores'
const COUNTED: Readonly<Record<string, 'receive' | 'transmit' | 'read' | 'write'>> = {
  container_network_receive_bytes_total: 'receive',
  container_network_transmit_bytes_total: 'transmit',
  container_fs_reads_bytes_total: 'read',
  container_fs_writes_bytes_total: 'write',
}
/** Of the group of all pods; of others /metrics/resource tells. */
const OF_ALL_PODS: Readonly<Record<string, 'cpu' | 'memory'>> = {
  container_cpu_usage_seconds_total: 'cpu',
  container_memory_working_set_bytes: 'memory',
}
const CADVISOR = new Set([...Object.keys(OF_ALL_PODS), ...Object.keys(COUNTED)])

/** The group above those of all pods, under the cgroupfs driver and under systemd's (collectors/cgroup/pods.ts). */
const ALL_PODS = /^(?:\/.+)?\/(?:kubepods|(?:[^/]+-)?kubepods\.slice)$/
/** Devices that stand on others, whose bytes would count twice. */
const LAYERED = /^(?:\/dev\/)?(?:dm-|md|loop|zram|ram)/

/**
 * Reads what a kubelet says at the time stamps of its own looks at the groups, in ms. (/stats/summary says the same, at whole seconds.)
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 *
 * @param pods `namespace/name` → id in the run
 */
export function readingOf(
  pods: ReadonlyMap<string, string>,
  said: KubeletSaid,
  when: Pick<KubeletReading, 'host' | 'asked' | 'answered'>,
): KubeletReading {
  const node = newUse()
  const own = new Map([...pods.values()].map(id => [id, newUse()]))
  const seen = new Set<string>()
  const others = new Set<string>()
  for (const { name, labels, value, at } of stampedSamplesOf(said.resource, RESOURCE)) {
    const field = name.includes('_cpu_') ? 'cpu' : 'memory'
    if (name.startsWith('node_')) node[field] = { at, value }
    else {
      const pod = podOf(labels)
      const id = pods.get(pod)
      if (id === undefined) others.add(pod)
      else {
        seen.add(id)
        ;(own.get(id) as Filled)[field] = { at, value }
      }
    }
  }
  const cadvisor = said.cadvisor === null ? null : readCadvisor(pods, said.cadvisor)
  for (const [id, more] of cadvisor?.pods ?? []) Object.assign(own.get(id) ?? {}, more)
  return {
    ...when,
    ...machineOf(said.cadvisor ?? ''),
    node: { ...node, ...cadvisor?.node },
    allPods: { ...NO_USE, ...cadvisor?.allPods },
    pods: Object.fromEntries([...own].filter(([id]) => seen.has(id))),
    others: others.size,
  }
}

type Filled = { -readonly [K in keyof KubeletUse]: KubeletUse[K] }

const newUse = (): Filled => ({ ...NO_USE })

/** The pod's own group; that of its sandbox has no container's name either, but an image. */
const isRawGroup = (labels: StampedSample['labels']): boolean =>
  ['container', 'image', 'name'].every(label => (labels.get(label) ?? '') === '')

const podOf = (labels: StampedSample['labels']): string =>
  `${labels.get('namespace') ?? ''}/${labels.get('pod') ?? ''}`

interface FromCadvisor {
  readonly node: Partial<KubeletUse>
  readonly allPods: Partial<KubeletUse>
  readonly pods: ReadonlyMap<string, Partial<KubeletUse>>
}

function readCadvisor(pods: ReadonlyMap<string, string>, text: string): FromCadvisor {
  const node = new Sums()
  const own = new Map<string, { readonly whole: Sums; readonly parts: Sums }>()
  const allPods = new Map<string, Sums>()
  for (const { name, labels, value, at } of stampedSamplesOf(text, CADVISOR)) {
    const group = labels.get('id') ?? ''
    const ofAll = OF_ALL_PODS[name]
    const field = ofAll ?? (COUNTED[name] as keyof KubeletUse)
    const device = labels.get('device') ?? ''
    const isNetwork = field === 'receive' || field === 'transmit'
    if (ALL_PODS.test(group) && podOf(labels) === '/') {
      const of = allPods.get(group) ?? new Sums()
      allPods.set(group, of)
      if (!LAYERED.test(device)) of.add(field, at, value)
    }
    if (ofAll !== undefined) continue
    if (group === '/') {
      if (isNetwork ? isCard(labels.get('interface') ?? '') : !LAYERED.test(device))
        node.add(field, at, value)
      continue
    }
    const id = pods.get(podOf(labels))
    if (id === undefined || (isNetwork ? labels.get('interface') === 'lo' : LAYERED.test(device))) continue
    const of = own.get(id) ?? { whole: new Sums(), parts: new Sums() }
    own.set(id, of)
    // Of the network the pod's first container tells; of disks the pod's own group, or else the sum of its containers.
    ;(isNetwork || isRawGroup(labels) ? of.whole : of.parts).add(field, at, value)
  }
  return {
    node: node.result(),
    // Several: it is not known which is meant.
    allPods: allPods.size === 1 ? Object.assign({}, ...[...allPods.values()].map(of => of.result())) : {},
    pods: new Map([...own].map(([id, { whole, parts }]) => [id, { ...parts.result(), ...whole.result() }])),
  }
}

/** Sums over interfaces or devices; the earliest time stamp stands for all. */
class Sums {
  readonly #sums = new Map<keyof KubeletUse, { at: number; value: number }>()

  add(field: keyof KubeletUse, at: number, value: number): void {
    const sum = this.#sums.get(field)
    if (sum === undefined) this.#sums.set(field, { at, value })
    else {
      sum.at = Math.min(sum.at, at)
      sum.value += value
    }
  }

  result(): Partial<KubeletUse> {
    return Object.fromEntries(this.#sums)
  }
}

/** It stands without a time stamp, which other samples have. */
function machineOf(text: string): Pick<KubeletReading, 'threads' | 'bootId'> {
  const line = text.split('\n').find(one => one.startsWith(`${MACHINE}{`) || one.startsWith(`${MACHINE} `))
  const threads = Number(line?.split(' ')[1])
  const bootId = /\bboot_id="([0-9a-f-]{36})"/.exec(line ?? '')?.[1]
  return { threads: threads > 0 ? threads : null, bootId: bootId ?? null }
}
