import { z } from 'zod'
import { CrossCheck } from './cross-check.ts'
import { Evidence, UncertaintyParts } from './evidence.ts'
import { Finding } from './finding.ts'
import { Footprint } from './footprint.ts'
import { Json } from './json.ts'
import { MeterUse } from './meter-use.ts'
import { PhaseRecord } from './run.ts'

/**
 * A figure over n runs. n = 1: observation; n = 2: points; 3 ≤ n < 6: mean and standard deviation; n ≥ 6: an interval too.
 * Units stand in `unit`. `null` in values never occurs: an absent figure makes the run not count, with a finding.
 */
export const Estimate = z.strictObject({
  unit: z.string(),
  n: z.number().int().nonnegative(),
  /** One per counted run, in the order of runs. */
  values: z.array(z.number()),
  /** Per run, when a value is itself only known within a range (a model): [low, high], 95 %. */
  ranges: z.array(z.tuple([z.number(), z.number()])).nullable(),
  kind: z.enum(['none', 'observation', 'points', 'mean', 'interval']),
  mean: z.number().nullable(),
  sd: z.number().nullable(),
  /** 95 % from repetition alone, t over runs (n ≥ 6). */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** Standard uncertainties by part, in `unit`. */
  parts: UncertaintyParts,
  /**
   * n ≥ 6: 95 % of all parts together, t at the effective degrees of freedom; n = 1: the observation ± k·u of the parts other than
   * repetition, k = 2; with a model: the span of its ranges. null: can't be said (2 ≤ n < 6, or a part is not known).
   */
  expanded: z.tuple([z.number(), z.number()]).nullable(),
  /** What the interval to be printed covers: `expanded` where it is there, else `interval`. Empty: there is none. Parts of 0 are not named. */
  covers: z.array(z.enum(['repetition', 'instrument', 'model', 'attribution', 'clock'])),
  /** Parts that apply and are not known: whatever is printed does not cover them. */
  unknown: z.array(z.enum(['repetition', 'instrument', 'model', 'attribution', 'clock'])),
})
export type Estimate = z.infer<typeof Estimate>

/** Energy of one source on one host over one stretch of time. joules null: absent, and `reason` says why. */
export const EnergyFigure = z.strictObject({
  host: z.string(),
  evidence: Evidence,
  joules: z.number().nullable(),
  /** For a model, 95 %; null for meters. */
  range: z.tuple([z.number(), z.number()]).nullable(),
  reason: z.string().nullable(),
  parts: UncertaintyParts,
  /** Of the instrument alone, J, where a data sheet gives limits: their plain sum (as SPEC's run rules reckon), and 2·u (JCGM 100:2008, 6.2). */
  limits: z.strictObject({ linear: z.number(), expanded: z.number() }).optional(),
})
export type EnergyFigure = z.infer<typeof EnergyFigure>

/** Work inside one window. */
export const WindowWork = z.strictObject({
  units: z.number(),
  failed: z.number(),
  latency: z
    .strictObject({
      n: z.number(),
      mean: z.number(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
      max: z.number(),
    })
    .nullable(),
})
export type WindowWork = z.infer<typeof WindowWork>

/** Use of a host's resources over one stretch. null: absent. Bytes and seconds are totals over the stretch. */
export const HostUse = z.strictObject({
  host: z.string(),
  cpuBusySeconds: z.number().nullable(),
  /** Share of the machine's CPU time, 0 … 1, steal not counted as busy. */
  cpuUtilisation: z.number().nullable(),
  stealShare: z.number().nullable(),
  /**
   * Share of the machine's CPU time that was neither a service's of the workload (load generator included) nor the recorder's. The
   * kernel's work that no service is charged for is in it. null: not known, as where a service is watched by its process tree.
   */
  foreignShare: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  diskReadBytes: z.number().nullable(),
  diskWriteBytes: z.number().nullable(),
  netReceiveBytes: z.number().nullable(),
  netTransmitBytes: z.number().nullable(),
  /** Share of time in which some task waited, by resource (PSI `some`). */
  pressure: z.record(z.string(), z.number()).nullable(),
  services: z.array(
    z.strictObject({
      id: z.string(),
      cpuSeconds: z.number().nullable(),
      /** Time in which it wanted to run and its quota was used up (CFS); summed over its CPUs. */
      throttledSeconds: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      readBytes: z.number().nullable(),
      writeBytes: z.number().nullable(),
      /** Of a pod, which has a network of its own. */
      receiveBytes: z.number().nullable(),
      transmitBytes: z.number().nullable(),
    }),
  ),
})
export type HostUse = z.infer<typeof HostUse>

export const StretchResult = z.strictObject({
  phase: PhaseRecord,
  /** Length by the sut's own monotonic clock. */
  seconds: z.number(),
  /** Inside the boundary: the sut's machine (with the load generator on it when shared), and outside figures of the loadgen. */
  energy: z.array(EnergyFigure),
  use: z.array(HostUse),
  work: WindowWork.nullable(),
})
export type StretchResult = z.infer<typeof StretchResult>

/** A value over time for charts: at most 600 points, each the mean over its bin (null: nothing there). */
export const Trace = z.strictObject({
  host: z.string(),
  name: z.enum(['power', 'cpu']),
  source: z.string(),
  unit: z.string(),
  /** Seconds since the start of the run's first phase; bin centres. */
  t: z.array(z.number()),
  v: z.array(z.number().nullable()),
  low: z.array(z.number().nullable()).nullable(),
  high: z.array(z.number().nullable()).nullable(),
})
export type Trace = z.infer<typeof Trace>

export const Verdicts = z.strictObject({
  measurement: z.enum(['valid', 'unranked', 'invalid']),
  workload: z.enum(['passed', 'failed', 'skipped']),
  cleanup: z.enum(['clean', 'left behind', 'unknown']),
})
export type Verdicts = z.infer<typeof Verdicts>

/**
 * What became of a rule. not-known: what it asks about could not be told, which is never good news: a run is at best unranked. not-applicable:
 * the rule asks about what this run does not have (a load, a second machine).
 */
export const RuleState = z.enum(['held', 'broken', 'not-known', 'not-applicable'])
export type RuleState = z.infer<typeof RuleState>

/** A rule that was looked at, with value and limit. */
export const RuleOutcome = z.strictObject({
  rule: z.string(),
  /** What it does to the run when it is broken; when it is not known `invalid` weighs as `unranked`. */
  effect: z.enum(['invalid', 'unranked', 'note']),
  state: RuleState,
  /** Worst value seen; null: can't be said. */
  value: z.union([z.number(), z.string()]).nullable(),
  limit: z.union([z.number(), z.string()]).nullable(),
  unit: z.string(),
  findings: z.array(Finding),
})
export type RuleOutcome = z.infer<typeof RuleOutcome>

/** What of a machine's CPU time and energy was whose, over one window. null: not known. */
export const MachineShares = z.strictObject({
  window: z.number().int(),
  /** Nodes that stand on the machine. */
  hosts: z.array(z.string()),
  /** CPUs × time, s. */
  cpuSeconds: z.number(),
  /** Each measured by itself; what is left of the machine's is `unexplained`, which may be negative. */
  cpu: z.strictObject({
    /** Of all pods, those of others, too. */
    pods: z.number().nullable(),
    sut: z.number().nullable(),
    load: z.number().nullable(),
    /** Everything on the machine that is in no pod. */
    system: z.number().nullable(),
    idle: z.number().nullable(),
    stolen: z.number().nullable(),
    unexplained: z.number().nullable(),
  }),
  /** J; they add up to the machine's. null: they can't be said, and `joulesAbsent` tells why. */
  joules: z
    .strictObject({
      machine: z.number(),
      /** Of the machine's, 95 %, where it is a model's: then the parts say how it is divided, and no more. null: a meter's. */
      range: z.tuple([z.number(), z.number()]).nullable(),
      pods: z.number(),
      system: z.number(),
      idle: z.number(),
      stolen: z.number(),
      unexplained: z.number(),
    })
    .nullable(),
  joulesAbsent: z.string().nullable(),
})
export type MachineShares = z.infer<typeof MachineShares>

/** A service's CPU time by the recorder and by the kubelet, over the time between two readings of the kubelet. */
export const KubeletCheck = z.strictObject({
  window: z.number().int(),
  service: z.string(),
  host: z.string(),
  seconds: z.number(),
  recorder: z.number().nullable(),
  kubelet: z.number(),
})
export type KubeletCheck = z.infer<typeof KubeletCheck>

/** Mean use over a window by a kubelet's figures, each from its first to its last time stamp in the window. null: not known. */
export const KubeletRow = z.strictObject({
  /** node: the machine; pods: all pods on it; system: the rest that worked; idle: the rest; pod: one of the run's. */
  of: z.enum(['node', 'pods', 'system', 'idle', 'pod']),
  /** Id of the pod. */
  pod: z.string().nullable(),
  /** From the first to the last time stamp of CPU time, s. */
  seconds: z.number().nullable(),
  /** CPU seconds a second. */
  cpus: z.number().nullable(),
  /** Working set, B. */
  memoryBytes: z.number().nullable(),
  /** B/s. */
  receive: z.number().nullable(),
  transmit: z.number().nullable(),
  read: z.number().nullable(),
  write: z.number().nullable(),
})
export type KubeletRow = z.infer<typeof KubeletRow>

/** What kubelets said of a machine in one window. */
export const KubeletMachine = z.strictObject({
  window: z.number().int(),
  /** Nodes that stand on it, by a measured host on each. */
  hosts: z.array(z.string()),
  /** Time between two looks of the kubelet at its groups, as seen by asking every 10 s, median, s. null: it was seen to look less than twice. */
  interval: z.number().nullable(),
  /** By how much the node's clock is ahead of the controller's, s; null: not known, and taken for none. */
  clockAhead: z.number().nullable(),
  rows: z.array(KubeletRow),
})
export type KubeletMachine = z.infer<typeof KubeletMachine>

/** What only a run in a cluster has. */
export const ClusterRun = z.strictObject({
  pods: z.array(
    z.strictObject({ id: z.string(), part: z.enum(['sut', 'load']), node: z.string(), qos: z.string() }),
  ),
  /** From the first piece of work of the first load program to that of the last, s; null: there is one program at most. */
  startSpread: z.number().nullable(),
  /** By how much it may be wrong for what is not known of clocks, s. */
  startDoubt: z.number().nullable(),
  machines: z.array(MachineShares),
  kubelet: z.array(KubeletCheck),
  /** By window and machine; empty where kubelets were not asked. */
  kubeletMachines: z.array(KubeletMachine),
})
export type ClusterRun = z.infer<typeof ClusterRun>

export const RunResult = z.strictObject({
  id: z.string(),
  number: z.number().int(),
  target: z.string(),
  workload: z.string(),
  repetition: z.number().int(),
  attempt: z.number().int(),
  outcome: z.enum(['complete', 'skipped', 'aborted']),
  verdicts: Verdicts,
  rules: z.array(RuleOutcome),
  findings: z.array(Finding),
  /** baseline, idle and every window. */
  stretches: z.array(StretchResult),
  footprint: z.array(Footprint),
  traces: z.array(Trace),
  tools: z.array(z.strictObject({ name: z.string(), host: z.string(), version: z.string() })),
  /** Energy inside the boundary over all windows, and what of it is above baseline power × time (may be negative). */
  total: z.strictObject({
    joules: z.number().nullable(),
    range: z.tuple([z.number(), z.number()]).nullable(),
    parts: UncertaintyParts,
  }),
  aboveBaseline: z.strictObject({
    joules: z.number().nullable(),
    range: z.tuple([z.number(), z.number()]).nullable(),
    parts: UncertaintyParts,
  }),
  units: z.number().nullable(),
  seconds: z.number().nullable(),
  cluster: ClusterRun.optional(),
  /** Where meters were asked over a network. */
  meters: z.array(MeterUse).optional(),
  /** Where several sources that are no models were read. */
  crossChecks: z.array(CrossCheck).optional(),
})
export type RunResult = z.infer<typeof RunResult>

/** A comparability key: named parts, so that a refusal can name what differs. Values are text or numbers. */
export const Key = z.record(z.string(), Json)
export type Key = z.infer<typeof Key>

/** All runs of one workload on one target. */
export const GroupResult = z.strictObject({
  target: z.string(),
  workload: z.string(),
  workloadId: z.string(),
  version: z.string(),
  title: z.string(),
  params: z.record(z.string(), Json),
  functionalUnit: z.string(),
  workKey: Key,
  boundaryKey: Key,
  /** null: no energy figure at all; the reason is in the findings. */
  evidence: Evidence.nullable(),
  /** Ids of the runs that count (complete, valid or unranked), and of those that don't. */
  counted: z.array(z.string()),
  notCounted: z.array(z.strictObject({ run: z.string(), reason: z.string() })),
  /** Programs of the workload and their versions, as the runs found them; more than one of a name: they differ. */
  tools: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  /** Versions of Joulemark that measured the runs; `tool` of the result is the one that reckoned it. */
  measuredBy: z.array(z.string()),
  verdict: z.enum(['valid', 'unranked', 'invalid', 'skipped']),
  /** Why the verdict is not `valid`, for people: `2 of the 6 runs that a rank needs`, `JM-P9 in 6 of 6 runs`. Empty when it is. */
  reasons: z.array(z.string()),
  /** J per functional unit. */
  energyPerUnit: Estimate,
  energyPerUnitAboveBaseline: Estimate,
  /** J per window. */
  energyPerWindow: Estimate,
  /** W in windows and in the baseline. */
  power: Estimate,
  baselinePower: Estimate,
  /** Units per second. */
  rate: Estimate,
  /** µs; from the pooled latencies of each run. */
  latencyP95: Estimate,
  /** Share of the sut machine's CPU time. */
  cpuUtilisation: Estimate,
  /** The load generator's share of the sut machine's CPU time when shared, else of its own machine. */
  loadgen: z.strictObject({
    shared: z.boolean(),
    cpuShare: z.number().nullable(),
    joulesOutside: z.number().nullable(),
  }),
})
export type GroupResult = z.infer<typeof GroupResult>

/** result.json. Byte-equal when made again from the same raw data by the same version. */
export const Result = z.strictObject({
  schema: z.literal('joulemark/result/1'),
  tool: z.string(),
  campaign: z.strictObject({
    id: z.string(),
    name: z.string(),
    title: z.string(),
    planDigest: z.string(),
    profile: z.string(),
    ranked: z.boolean(),
    repetitions: z.number(),
    seed: z.number(),
    zone: z.string(),
    startedAt: z.number().nullable(),
    endedAt: z.number().nullable(),
    sealed: z.boolean(),
    planned: z.number(),
    complete: z.number(),
  }),
  machines: z.array(
    z.strictObject({
      target: z.string(),
      host: z.string(),
      roles: z.array(z.string()),
      /** Number of the machine in this campaign: hosts with equal boot id have the same. */
      machine: z.number().int(),
      kernel: z.string(),
      os: z.string(),
      cpu: z.string(),
      threads: z.number(),
      memoryBytes: z.number(),
      virtualization: z.string(),
      governor: z.string().nullable(),
    }),
  ),
  groups: z.array(GroupResult),
  runs: z.array(RunResult),
  cleanup: z.strictObject({
    made: z.number(),
    gone: z.number(),
    left: z.array(z.string()),
    checkedAt: z.number().nullable(),
  }),
})
export type Result = z.infer<typeof Result>
