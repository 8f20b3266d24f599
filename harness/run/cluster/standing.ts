import type { PlannedCluster } from '../../model/cluster.ts'
import type { Cluster, Host } from '../../model/target.ts'
import type { RunningPod } from './pods.ts'

/** A container of the workload's, as it stands. */
export interface StandingPod {
  readonly part: 'sut' | 'load'
  readonly pod: RunningPod
  /** Commands and files. */
  readonly host: Host
  /** The same; `start` makes the program the container's own. */
  readonly main: Host
  /** Id of the measured host that it is, or stands on. */
  readonly measured: string
}

/** What stands in a cluster for one run. */
export interface Standing {
  readonly cluster: Cluster
  readonly planned: PlannedCluster
  readonly namespace: string
  /** Measured nodes by id; empty where pods themselves are measured. */
  readonly nodes: ReadonlyMap<string, Host>
  readonly sut: StandingPod
  readonly loads: readonly StandingPod[]
}
