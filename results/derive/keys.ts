import type { PlannedCluster } from '../../harness/model/cluster.ts'
import type { Evidence } from '../../harness/model/evidence.ts'
import type { Plan, PlannedWorkload } from '../../harness/model/plan.ts'
import type { Key } from '../../harness/model/result.ts'
import { modelFactors } from '../analyse/power-model/host-machine.ts'

/** What was done: only equal work may stand side by side. n, seed, retries and order are not part of it. */
export const workKey = (plan: Plan, workload: PlannedWorkload): Key => ({
  workload: workload.id,
  version: workload.version,
  functionalUnit: workload.functionalUnit,
  params: workload.params,
  profile: plan.protocol.profile,
  durations: plan.protocol.durations,
  windows: plan.protocol.windows,
})

/** What was measured, and how: only when it is equal, too, is there a verdict. */
export const boundaryKey = (
  evidence: Evidence | null,
  o: {
    readonly loadgenShared: boolean
    readonly sharedKernel: boolean
    /** Of a cluster, and how many pods made the load. */
    readonly pods: { readonly cluster: PlannedCluster; readonly load: number } | null
  },
): Key => ({
  source: evidence?.kind ?? 'none',
  class: evidence?.class ?? 'none',
  scope: evidence?.scope ?? 'none',
  loadgen: o.loadgenShared ? 'shared' : 'separate',
  sharedKernel: o.sharedKernel,
  boundary: 'node',
  factors: evidence?.kind === 'model' ? modelFactors : 'none',
  ...(o.pods === null ? {} : { pods: podsKey(o.pods) }),
})

/** What of a cluster's settings bears on the figures; those of the load only where there is any. */
const podsKey = ({
  cluster: { access, sut, load, placement, image },
  load: count,
}: {
  readonly cluster: PlannedCluster
  readonly load: number
}): Key => ({
  access,
  sut,
  image,
  ...(count === 0 ? {} : { load, loadPods: count, placement }),
})
