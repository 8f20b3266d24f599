import { workloadsById } from '../../workloads/registry.ts'
import type { Plan, PlannedTarget } from '../model/plan.ts'
import { type Right, rightsOf } from '../run/cluster/rights.ts'

/** What a plan's runs on a cluster need to be allowed. @throws Error for a target that is no cluster */
export function plannedRights(plan: Plan, target: PlannedTarget): readonly Right[] {
  if (target.cluster === undefined) throw new Error(`target ${target.id} is no cluster`)
  const keys = new Set(plan.runs.filter(run => run.target === target.id).map(run => run.workload))
  const loads = plan.workloads
    .filter(({ key }) => keys.has(key))
    .map(({ id }) => workloadsById.get(id)?.pods?.load ?? 'none')
  return rightsOf({
    cluster: target.cluster,
    begins: loads.includes('many'),
    loads: loads.some(load => load !== 'none'),
  })
}
