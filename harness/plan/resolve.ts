import type { PlannedCluster, PodSize } from '../model/cluster.ts'
import type { Json } from '../model/json.ts'
import type { CitedCertificate, MeterKind } from '../model/meter.ts'
import type { AssumedHost, Plan, PlannedHost, PlannedTarget, PlannedWorkload } from '../model/plan.ts'
import type { Workload } from '../model/workload.ts'
import { planDigest } from './digest.ts'
import { flavorSize } from './flavor.ts'
import { plannedMeters } from './meters.ts'
import { type Cell, orderRuns } from './order.ts'
import { resolveProtocol } from './protocol.ts'
import { workloadKey } from './references.ts'
import type { CampaignFile, TargetSection } from './schema.ts'
import type { KubernetesTarget, SizeSection } from './schema-cluster.ts'
import type { AssumeSection } from './schema-words.ts'

const MIB = 1_048_576

/** The plan of a sound file: every default written out, order drawn, digest taken; without addresses, users, paths and secrets. */
export function resolvePlan(
  file: CampaignFile,
  o: {
    readonly workloads: ReadonlyMap<string, Workload>
    readonly collectors: readonly string[]
    readonly meters: ReadonlyMap<string, MeterKind>
    /** By the ids of the meters that cite them. */
    readonly certificates: ReadonlyMap<string, CitedCertificate>
    readonly toolVersion: string
  },
): Plan {
  const protocol = resolveProtocol(file.protocol)
  const plan: Omit<Plan, 'digest'> = {
    schema: 'joulemark/plan/1',
    tool: o.toolVersion,
    name: file.name,
    title: file.title ?? file.name,
    zone: file.zone,
    protocol,
    targets: file.targets.map(plannedTarget),
    workloads: file.workloads.map(entry => plannedWorkload(entry, file.deploy, o.workloads)),
    collectors: (file.collectors.use ?? o.collectors).map(id => ({ id })),
    rate: file.collectors.rate,
    buffer: {
      tmpfsBytes: Math.round(file.collectors.buffer.tmpfs_mib * MIB),
      diskBytes: Math.round(file.collectors.buffer.disk_mib * MIB),
    },
    influx: file.influx !== undefined,
    ...(file.meters === undefined ? {} : { meters: plannedMeters(file, o.meters, o.certificates) }),
    runs: [...orderRuns(cells(file), protocol)],
  }
  return { ...plan, digest: planDigest(plan) }
}

/** Every workload on each of its targets, in the order of the file. */
export const cells = (file: Pick<CampaignFile, 'targets' | 'workloads'>): readonly Cell[] =>
  file.targets.flatMap(target =>
    file.workloads
      .filter(entry => entry.targets === undefined || entry.targets.includes(target.id))
      .map(entry => ({ target: target.id, workload: workloadKey(entry.id, entry.label) })),
  )

function plannedTarget(target: TargetSection): PlannedTarget {
  const { id, kind } = target
  if (target.kind === 'kubernetes')
    return { id, kind, become: 'none', hosts: plannedHosts(target), cluster: plannedCluster(target) }
  return { id, kind, become: target.become, hosts: plannedHosts(target) }
}

const plannedCluster = (target: KubernetesTarget): PlannedCluster => ({
  access: target.access,
  namespace: target.namespace === undefined ? 'own' : 'existing',
  kubelet: target.kubelet,
  sut: podSize(target.size),
  load: podSize(target.load.size),
  loadPods: target.load.pods,
  placement: target.load.placement,
  image: target.image.slice(target.image.indexOf('@') + 1),
})

function podSize(size: SizeSection): PodSize {
  if (typeof size !== 'string')
    return { cpuMillis: Math.round(size.cpu * 1000), memoryBytes: size.memory_mib * MIB }
  const found = flavorSize(size)
  if (found === null) throw new Error(`${size} passed the schema and is no flavor`)
  return found
}

function plannedHosts(target: TargetSection): PlannedHost[] {
  if (target.kind === 'local')
    return [{ id: 'local', roles: ['sut', 'loadgen'], assumed: assumed(target.assume) }]
  if (target.kind === 'kubernetes') return clusterHosts(target)
  const sut = target.roles?.sut ?? Object.keys(target.hosts)[0]
  const loadgen = target.roles?.loadgen ?? sut
  return Object.entries(target.hosts).map(([id, host]) => ({
    id,
    roles: [...(id === sut ? (['sut'] as const) : []), ...(id === loadgen ? (['loadgen'] as const) : [])],
    assumed: assumed(host.assume),
  }))
}

/** Nodes under their roles; which they are is known once pods have landed. */
function clusterHosts(target: KubernetesTarget): PlannedHost[] {
  const common = { assumed: assumed(target.assume) }
  if (target.load.placement === 'pack') return [{ id: 'sut', roles: ['sut', 'loadgen'], ...common }]
  return [
    { id: 'sut', roles: ['sut'], ...common },
    { id: 'loadgen', roles: ['loadgen'], ...common },
  ]
}

function assumed(section: AssumeSection | undefined): AssumedHost {
  const { idle_watts: idleWatts, full_watts: fullWatts, ...rest } = section ?? {}
  return {
    ...rest,
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(fullWatts === undefined ? {} : { fullWatts }),
  }
}

function plannedWorkload(
  entry: CampaignFile['workloads'][number],
  deploy: CampaignFile['deploy'],
  workloads: ReadonlyMap<string, Workload>,
): PlannedWorkload {
  const workload = workloads.get(entry.id)
  if (workload === undefined)
    throw new Error(`workload ${entry.id} passed the schema and is not in the registry`)
  return {
    key: workloadKey(entry.id, entry.label),
    id: entry.id,
    version: workload.version,
    params: entry.params as Record<string, Json>,
    functionalUnit: workload.functionalUnit,
    install: deploy.install,
    purge: deploy.purge,
  }
}
