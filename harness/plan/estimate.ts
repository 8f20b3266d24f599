import type { Collector } from '../model/collector.ts'
import type { Plan, PlannedHost, PlannedRun, PlannedTarget, PlannedWorkload } from '../model/plan.ts'
import type { HostFacts } from '../model/target.ts'
import { type Bytes, bytes, type Seconds, seconds } from '../model/units.ts'
import type { Workload } from '../model/workload.ts'
import { typicalFacts } from './typical-facts.ts'

/** Connecting, probing, fetching, tearing down: seconds that a run takes beside its phases; seen on small machines over loopback and SSH. */
const CONTROL_SECONDS = 10

export interface HostBytes {
  readonly target: string
  readonly host: string
  /** Recordings on the host in one run, before they are fetched: the largest over the runs. */
  readonly recording: Bytes
  /** Evidence of work (load host) and data of the workload (sut) in one run: the largest over the runs. */
  readonly workload: Bytes
  /** Recordings and evidence of work fetched in the whole campaign, before compression. */
  readonly fetched: Bytes
}

export interface PlanEstimate {
  /** By PlannedRun.number. */
  readonly runSeconds: ReadonlyMap<number, Seconds>
  /** Without repeats of invalid runs. */
  readonly totalSeconds: Seconds
  readonly hosts: readonly HostBytes[]
}

export interface EstimateParts {
  readonly workloads: ReadonlyMap<string, Workload>
  readonly collectors: ReadonlyMap<string, Collector>
  /** Facts of a host where they are known; else those of a usual machine are taken. */
  readonly facts?: (target: string, host: string) => HostFacts | null
}

/** What a plan takes: seconds per run and in all, bytes per host. An estimate: sizes of counters' files differ between machines. */
export function estimatePlan(plan: Plan, parts: EstimateParts): PlanEstimate {
  const runSeconds = new Map(plan.runs.map(run => [run.number, runLength(plan, run, parts)]))
  return {
    runSeconds,
    totalSeconds: seconds([...runSeconds.values()].reduce((sum, one) => sum + one, 0)),
    hosts: plan.targets.flatMap(target => target.hosts.map(host => hostBytes(plan, target, host, parts))),
  }
}

/** Seconds of all phases but deploy, which has no fixed length. */
export function phaseSeconds({ protocol }: Plan): Seconds {
  const { baseline, idle, warmUp, window, coolDown } = protocol.durations
  return seconds(baseline + idle + warmUp + window * protocol.windows + coolDown)
}

function runLength(plan: Plan, run: PlannedRun, parts: EstimateParts): Seconds {
  return seconds(phaseSeconds(plan) + cost(plan, run, parts).deploySeconds + CONTROL_SECONDS)
}

interface RunCost {
  readonly deploySeconds: number
  readonly workBytes: number
  readonly diskBytes: number
}

function cost(plan: Plan, run: PlannedRun, parts: EstimateParts): RunCost {
  const planned = plan.workloads.find(workload => workload.key === run.workload)
  const workload = planned === undefined ? undefined : parts.workloads.get(planned.id)
  if (planned === undefined || workload === undefined)
    throw new Error(`the plan's workload ${run.workload} is not in the registry`)
  const { workBytesPerSecond, deploySeconds, diskBytes } = workload.estimate(readParams(workload, planned))
  const { warmUp, window } = plan.protocol.durations
  return {
    deploySeconds,
    diskBytes,
    workBytes: workBytesPerSecond * (warmUp + window * plan.protocol.windows),
  }
}

const readParams = (workload: Workload, planned: PlannedWorkload) => workload.params.parse(planned.params)

function hostBytes(plan: Plan, target: PlannedTarget, host: PlannedHost, parts: EstimateParts): HostBytes {
  const facts = parts.facts?.(target.id, host.id) ?? typicalFacts(host.assumed.threads)
  const perReading = plan.collectors.reduce(
    (sum, { id }) => sum + (parts.collectors.get(id)?.estimate(facts) ?? Number.NaN),
    0,
  )
  const runs = plan.runs.filter(run => run.target === target.id).map(run => cost(plan, run, parts))
  const recording = (run: RunCost): number =>
    perReading * plan.rate * (phaseSeconds(plan) + run.deploySeconds)
  const evidence = (run: RunCost): number => (host.roles.includes('loadgen') ? run.workBytes : 0)
  const data = (run: RunCost): number => (host.roles.includes('sut') ? run.diskBytes : 0)
  return {
    target: target.id,
    host: host.id,
    recording: bytes(Math.max(0, ...runs.map(recording))),
    workload: bytes(Math.max(0, ...runs.map(run => evidence(run) + data(run)))),
    fetched: bytes(runs.reduce((sum, run) => sum + recording(run) + evidence(run), 0)),
  }
}
