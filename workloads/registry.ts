import type { Workload } from '../harness/model/workload.ts'
import { cpuCompress } from './cpu-compress/workload.ts'
import { idle } from './idle/workload.ts'
import { oltpPostgres } from './oltp-postgres/workload.ts'
import { webStatic } from './web-static/workload.ts'

/** Every workload by its id, sorted. A new one is one folder and one line here. */
export const workloads = {
  'cpu-compress': cpuCompress,
  idle,
  'oltp-postgres': oltpPostgres,
  'web-static': webStatic,
} as const satisfies Readonly<Record<string, Workload>>

export type WorkloadId = keyof typeof workloads

/** The registry as its users take it. */
export const workloadsById: ReadonlyMap<string, Workload> = new Map<string, Workload>(
  Object.entries(workloads),
)
