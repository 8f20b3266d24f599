import type { Service } from '../../model/collector.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { Host, HostFacts } from '../../model/target.ts'
import type { DeployInput } from '../deploy/input.ts'
import { script } from '../on-host.ts'
import { beginTogether } from './begin.ts'
import { POD_FOLDER } from './manifests.ts'
import type { Standing, StandingPod } from './standing.ts'

type Place = Pick<DeployInput, 'sut' | 'loadgens' | 'facts' | 'workDir' | 'pods'>

/** Pods as a workload deploys into them: programs are the containers' own, and are watched by the pods' cgroups. */
export async function placeInPods(
  standing: Standing,
  measured: ReadonlyMap<string, HostFacts>,
  signal: AbortSignal,
): Promise<Place> {
  const pods = [standing.sut, ...standing.loads]
  const facts = new Map<string, HostFacts>()
  const watches = new Map<string, Service['watch']>()
  for (const pod of pods) {
    facts.set(pod.host.id, await podFacts(standing, pod))
    watches.set(pod.host.id, await watchOf(standing, pod, measured))
  }
  const find = ({ id }: Host): StandingPod => {
    const found = pods.find(pod => pod.host.id === id)
    if (found === undefined) throw new Error(`host ${id} is no pod`)
    return found
  }
  return {
    sut: standing.sut.main,
    // What makes its load itself makes it in the pod under test.
    loadgens: standing.loads.length === 0 ? [standing.sut.main] : standing.loads.map(({ main }) => main),
    facts,
    workDir: () => WORK_FOLDER,
    pods: {
      watch: (host, id) => ({
        id,
        host: find(host).measured,
        watch: watches.get(host.id) as Service['watch'],
      }),
      sutAddress: standing.sut.pod.address,
      beginTogether: beginTogether(standing, signal),
    },
  }
}

const WORK_FOLDER = `${POD_FOLDER}/work`

/** A container sees all CPUs of its node; those that it may use are what its program should see. */
async function podFacts({ planned }: Standing, { part, host }: StandingPod): Promise<HostFacts> {
  const facts = await host.facts([])
  await host.exec(script('umask 077; mkdir -p -- "$1"', WORK_FOLDER))
  const { cpuMillis } = planned[part]
  const threads = Math.max(1, Math.min(facts.cpu.threads, Math.floor(cpuMillis / 1000)))
  return { ...facts, cpu: { ...facts.cpu, threads } }
}

/** Controllers of cgroup v1 that services are read from. */
const V1 = ['cpuacct', 'cpu', 'memory', 'blkio']

/** Where the kubelet put a pod's cgroup: `pod<uid>` with the cgroupfs driver, `…-pod<uid with _>.slice` with systemd's. */
const FIND = `uid=$1; shift
for mount; do
  find "$mount" -maxdepth 7 -type d \\( -name "pod$uid" -o -name "*-pod$(printf %s "$uid" | tr - _).slice" \\) 2>/dev/null | head -n 1 | grep . || echo -
done`

/** Group of a container in that of its pod, one line for each; a runtime's monitor may have another of that number. */
const FIND_CONTAINER = `id=$1; shift
for group; do
  found=-
  for inner in "$group"/*"$id"*; do
    case $inner in *conmon*) ;; *) if [ -d "$inner" ]; then found=$inner; break; fi ;; esac
  done
  echo "$found"
done`

/** A process of a container whose network is not the node's. */
const FIND_PROCESS = `node=$(readlink /proc/1/ns/net)
cat "$1"/cgroup.procs "$1"/*/cgroup.procs 2>/dev/null | while read -r pid; do
  net=$(readlink "/proc/$pid/ns/net") && [ "$net" != "$node" ] && echo "$pid" && break
done`

type Inside = Pick<Extract<Service['watch'], { readonly by: 'cgroup' }>, 'container' | 'network'>

/** What is known of a pod from its container alone. The recorder opens its table of interfaces once, and the kernel keeps the namespace for it. */
async function insideOf(
  node: Host,
  containerId: string,
  pod: readonly (readonly [controller: string, group: string])[],
): Promise<Inside> {
  // Without them nothing is taken from the pod's group that only its container's has.
  if (containerId === '') return { container: {} }
  const { stdout } = await node.exec(script(FIND_CONTAINER, containerId, ...pod.map(([, group]) => group)))
  const found = stdout.split('\n')
  const container = pod.flatMap(([controller], i): [string, string][] => {
    const group = found[i]
    return group === undefined || !group.startsWith('/') ? [] : [[controller, group]]
  })
  const [, group] = container[0] ?? []
  if (group === undefined) return { container: {} }
  const pid = (await node.exec(script(FIND_PROCESS, group))).stdout.trim()
  return {
    container: Object.fromEntries(container),
    ...(/^\d+$/.test(pid) ? { network: `/proc/${pid}/net/dev` } : {}),
  }
}

/** cgroup of a pod as the recorder sees it: from its node, or from inside. */
async function watchOf(
  standing: Standing,
  { pod, host, measured }: StandingPod,
  facts: ReadonlyMap<string, HostFacts>,
): Promise<Service['watch']> {
  const known = facts.get(measured)
  if (known === undefined) throw new Error(`no facts of host ${measured}`)
  const { mounts } = known.cgroup
  const v1 = V1.flatMap((name): [string, string][] => {
    const mount = mounts[name]
    return mount === undefined ? [] : [[name, mount]]
  })
  const unified = mounts['unified']
  const hierarchies =
    v1.length > 0 ? v1 : unified === undefined ? [] : [['unified', unified] as [string, string]]
  const version = v1.length > 0 ? 1 : 2
  // A recorder inside the pod reads its own.
  if (standing.planned.access === 'pod')
    return { by: 'cgroup', version, paths: Object.fromEntries(hierarchies), network: '/proc/net/dev' }
  const node = standing.nodes.get(measured)
  const exit = await node?.exec(script(FIND, pod.uid, ...hierarchies.map(([, mount]) => mount)))
  const found = (exit?.stdout ?? '').split('\n')
  const paths = hierarchies.flatMap(([name], i): [string, string][] => {
    const path = found[i]
    return path === undefined || !path.startsWith('/') ? [] : [[name, path]]
  })
  if (node !== undefined && paths.length > 0) {
    const inside = await insideOf(node, pod.containerId, paths)
    return { by: 'cgroup', version, paths: Object.fromEntries(paths), ...inside }
  }
  throw new JoulemarkError({
    code: 'pod-cgroup',
    exit: 'invalid',
    message: `the cgroup of pod ${host.id} is not found on its node (${hierarchies.map(([, mount]) => mount).join(', ') || 'no cgroup is mounted'})`,
    hint: 'the recorder looks for pod<uid> and …-pod<uid>.slice below the mounts; say which layout the node has',
  })
}
