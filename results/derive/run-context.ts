import type {
  AssumedHost,
  Plan,
  PlannedRun,
  PlannedTarget,
  PlannedWorkload,
} from '../../harness/model/plan.ts'
import type { PhaseRecord, RunRecord } from '../../harness/model/run.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { isLoadgen } from '../../harness/model/workload.ts'
import { hostMachine } from '../analyse/power-model/host-machine.ts'
import type { Machine } from '../analyse/power-model/predict.ts'
import { factsOf, type RunFiles } from './read-run.ts'

/** Phases that figures are given for. */
const MEASURED = new Set(['baseline', 'idle', 'window'])

/** A run, put beside the plan: who its hosts are and what of it is measured. */
export interface RunContext {
  readonly plan: Plan
  readonly planned: PlannedRun
  readonly target: PlannedTarget
  readonly workload: PlannedWorkload
  readonly record: RunRecord
  readonly files: RunFiles
  /** baseline, idle and windows, in the order of time; a phase of no length (the run was stopped in it) is not one. */
  readonly stretches: readonly PhaseRecord[]
  /** Host of each machine that is inside the boundary: one per boot id, in the order of the plan. */
  readonly sutHosts: readonly string[]
  /** Host of the load generator, of the first where there are several; null: the workload has none. */
  readonly loadgenHost: string | null
  /** Some of the load generator runs on a machine that is measured. */
  readonly loadgenShared: boolean
  /** Host of each machine that load generators run on and that is outside the boundary. */
  readonly outsideHosts: readonly string[]
  /** Hosts of the target with equal boot ids. */
  readonly sharedKernel: readonly (readonly string[])[]
  /** Name of the machine under a host; equal for hosts on one kernel. */
  readonly machineOf: (host: string) => string
}

export function runContext(plan: Plan, planned: PlannedRun, files: RunFiles): RunContext {
  const target = plan.targets.find(t => t.id === planned.target)
  const workload = plan.workloads.find(w => w.key === planned.workload)
  if (target === undefined || workload === undefined)
    throw new Error(`the plan has no ${planned.target} or ${planned.workload}`)
  const machine = (host: string): string => factsOf(files, host)?.bootId ?? `host ${host}`
  const hosts = files.record.hosts ?? target.hosts
  const inRole = (role: 'sut' | 'loadgen'): string[] =>
    hosts.filter(h => h.roles.includes(role)).map(h => h.id)
  const sutHosts = firstOfEach(inRole('sut'), machine)
  const sutMachines = new Set(sutHosts.map(machine))
  const loadgens = hasLoadgen(files.record) ? inRole('loadgen').sort(byNumber) : []
  const loadgenHost = hasLoadgen(files.record) ? (loadgens[0] ?? sutHosts[0] ?? null) : null
  return {
    plan,
    planned,
    target,
    workload,
    record: files.record,
    files,
    stretches: files.record.phases.filter(phase => MEASURED.has(phase.name) && phase.end > phase.start),
    sutHosts,
    loadgenHost,
    loadgenShared:
      loadgenHost !== null && [loadgenHost, ...loadgens].some(host => sutMachines.has(machine(host))),
    outsideHosts: firstOfEach(loadgens, machine).filter(host => !sutMachines.has(machine(host))),
    sharedKernel: groupsOf(
      hosts.filter(measured).map(h => h.id),
      machine,
    ),
    machineOf: machine,
  }
}

/** A workload without a load generator is itself the load, or none. */
const hasLoadgen = (record: RunRecord): boolean => record.services.some(s => isLoadgen(s.id))

const measured = (host: Pick<PlannedTarget['hosts'][number], 'roles'>): boolean =>
  host.roles.includes('sut') || host.roles.includes('loadgen')

/** Nodes of a cluster are all assumed to be what the target says. */
export function assumedOf({ target }: RunContext, host: string): AssumedHost {
  const found = target.hosts.find(h => h.id === host)
  return (found ?? (target.cluster === undefined ? undefined : target.hosts[0]))?.assumed ?? {}
}

/** The machine under a host as the power model sees it; null: nothing is known of the host. */
export function machineUnder(context: RunContext, host: string): Machine | null {
  const facts: HostFacts | null = factsOf(context.files, host)
  return facts === null ? null : hostMachine(facts, assumedOf(context, host))
}

/** `loadgen`, `loadgen-2`, … `loadgen-10`: nodes are listed as their recorders came up. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

function firstOfEach(hosts: readonly string[], machine: (host: string) => string): string[] {
  const seen = new Set<string>()
  return hosts.filter(host => !seen.has(machine(host)) && seen.add(machine(host)))
}

function groupsOf(hosts: readonly string[], machine: (host: string) => string): string[][] {
  const groups = new Map<string, string[]>()
  for (const host of hosts) groups.set(machine(host), [...(groups.get(machine(host)) ?? []), host])
  return [...groups.values()].filter(group => group.length > 1)
}
