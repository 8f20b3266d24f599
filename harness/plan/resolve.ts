import type { Json } from '../model/json.ts'
import type { AssumedHost, Plan, PlannedHost, PlannedTarget, PlannedWorkload } from '../model/plan.ts'
import type { Workload } from '../model/workload.ts'
import { planDigest } from './digest.ts'
import { type Cell, orderRuns } from './order.ts'
import { resolveProtocol } from './protocol.ts'
import { workloadKey } from './references.ts'
import type { CampaignFile, TargetSection } from './schema.ts'
import type { AssumeSection } from './schema-words.ts'

const MIB = 1_048_576

/** The plan of a sound file: every default written out, order drawn, digest taken; without addresses, users, paths and secrets. */
export function resolvePlan(
  file: CampaignFile,
  o: {
    readonly workloads: ReadonlyMap<string, Workload>
    readonly collectors: readonly string[]
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
  return { id: target.id, kind: target.kind, become: target.become, hosts: plannedHosts(target) }
}

function plannedHosts(target: TargetSection): PlannedHost[] {
  if (target.kind === 'local')
    return [{ id: 'local', roles: ['sut', 'loadgen'], assumed: assumed(target.assume) }]
  const sut = target.roles?.sut ?? Object.keys(target.hosts)[0]
  const loadgen = target.roles?.loadgen ?? sut
  return Object.entries(target.hosts).map(([id, host]) => ({
    id,
    roles: [...(id === sut ? (['sut'] as const) : []), ...(id === loadgen ? (['loadgen'] as const) : [])],
    assumed: assumed(host.assume),
  }))
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
