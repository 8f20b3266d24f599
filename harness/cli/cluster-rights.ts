import { workloadsById } from '../../workloads/registry.ts'
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
  const loads = loadsOf(plan, target)
  return rightsOf({
    cluster: target.cluster,
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
