import { workloadsById } from '../../workloads/registry.ts'
import type { PlannedCluster } from '../model/cluster.ts'
import type { TargetConnection } from '../model/connection.ts'
import type { Plan, PlannedTarget } from '../model/plan.ts'
import type { Workload } from '../model/workload.ts'
import { type Right, rightsOf } from '../run/cluster/rights.ts'

/** What a plan's runs on a cluster need to be allowed. @throws Error for a target that is no cluster */
export function plannedRights(
  plan: Plan,
  target: PlannedTarget,
  connection: TargetConnection | undefined,
): readonly Right[] {
  if (target.cluster === undefined) throw new Error(`target ${target.id} is no cluster`)
  return rightsFor(target.cluster, loadsOf(plan, target), connection)
}

/** Settings under which less must be allowed, and what it is then; those that lose least come first. @throws as above */
export function lesserWays(
  plan: Plan,
  target: PlannedTarget,
  connection: TargetConnection | undefined,
): readonly LesserWay[] {
  const { cluster } = target
  if (cluster === undefined) throw new Error(`target ${target.id} is no cluster`)
  const loads = loadsOf(plan, target)
  return LESSER.filter(way => way.of(cluster)).map(({ settings, change }) => ({
    settings,
    rights: rightsFor({ ...cluster, ...change }, loads, connection),
  }))
}

export interface LesserWay {
  /** As it stands in a campaign file: `access: pod`. */
  readonly settings: string
  readonly rights: readonly Right[]
}

const LESSER: readonly {
  readonly settings: string
  readonly change: Partial<PlannedCluster>
  readonly of: (planned: PlannedCluster) => boolean
}[] = [
  { settings: 'kubelet: direct', change: { kubelet: 'direct' }, of: ({ kubelet }) => kubelet === 'proxy' },
  { settings: 'kubelet: none', change: { kubelet: 'none' }, of: ({ kubelet }) => kubelet !== 'none' },
  { settings: 'access: pod', change: { access: 'pod' }, of: ({ access }) => access === 'nodes' },
  {
    settings: 'access: pod, kubelet: none',
    change: { access: 'pod', kubelet: 'none' },
    of: ({ access, kubelet }) => access === 'nodes' && kubelet !== 'none',
  },
]

function rightsFor(
  cluster: PlannedCluster,
  loads: readonly NonNullable<Workload['pods']>['load'][],
  connection: TargetConnection | undefined,
): readonly Right[] {
  return rightsOf({
    cluster,
    begins: loads.includes('many'),
    loads: loads.some(load => load !== 'none'),
    pullAuth: connection?.kind === 'kubernetes' && connection.pullAuth !== undefined,
  })
}

/** Pods of the load in the run of a plan that has the most of them on a cluster; 0: no run has any. @throws as above */
export function plannedLoadPods(plan: Plan, target: PlannedTarget): number {
  if (target.cluster === undefined) throw new Error(`target ${target.id} is no cluster`)
  const loads = loadsOf(plan, target)
  if (loads.includes('many')) return target.cluster.loadPods
  return loads.includes('one') ? 1 : 0
}

function loadsOf(plan: Plan, target: PlannedTarget): readonly NonNullable<Workload['pods']>['load'][] {
  const keys = new Set(plan.runs.filter(run => run.target === target.id).map(run => run.workload))
  return plan.workloads
    .filter(({ key }) => keys.has(key))
    .map(({ id }) => workloadsById.get(id)?.pods?.load ?? 'none')
}
