import { z } from 'zod'
import { Finding } from './finding.ts'
import { Json } from './json.ts'
import { MeterRecord } from './meter.ts'
import { ClockProbe, HostFacts, Role } from './target.ts'

export const PhaseName = z.enum(['baseline', 'deploy', 'idle', 'warm-up', 'window', 'cool-down', 'tear-down'])
export type PhaseName = z.infer<typeof PhaseName>

/** A phase as it happened: controller's wall clock, µs. Hosts' clocks follow from the clock probes. */
export const PhaseRecord = z.strictObject({
  name: PhaseName,
  /** Index among the windows of the run; 0 for other phases. */
  index: z.number().int().nonnegative(),
  start: z.number(),
  end: z.number(),
})
export type PhaseRecord = z.infer<typeof PhaseRecord>

/**
 * A recording of a host: one file of frames. Part 1 covers baseline and deploy, part 2 idle to cool-down; they overlap. Every measured host is
 * recorded, also when several stand on one machine (equal boot id in the environment): what the kernel counts for the machine is then in
 * each of their recordings and must be counted once; services are in their own host's alone.
 */
export const RecordingRef = z.strictObject({
  host: z.string(),
  part: z.number().int().positive(),
  /** Path in the run's folder, e.g. `raw/web/recording-1.gz`. */
  path: z.string(),
  recorder: z.enum(['perl', 'sh']),
  /** Readings per second asked for. */
  rate: z.number().positive(),
  /** How it ended: `stopped` by us, else why. */
  end: z.enum(['stopped', 'deadline', 'full', 'died']),
  bytes: z.number().nonnegative(),
})
export type RecordingRef = z.infer<typeof RecordingRef>

export const ServiceRecord = z.strictObject({
  id: z.string(),
  host: z.string(),
  watch: z.union([
    z.strictObject({
      by: z.literal('cgroup'),
      version: z.union([z.literal(1), z.literal(2)]),
      paths: z.record(z.string(), z.string()),
      container: z.record(z.string(), z.string()).optional(),
      network: z.string().optional(),
    }),
    z.strictObject({ by: z.literal('tree'), pidFile: z.string() }),
  ]),
})

/** run.json: final on disk before tear-down starts. Verdicts are not here: they are derived. */
export const RunRecord = z.strictObject({
  schema: z.literal('joulemark/run/1'),
  id: z.string(),
  tool: z.string(),
  number: z.number().int().positive(),
  target: z.string(),
  workload: z.string(),
  repetition: z.number().int().positive(),
  attempt: z.number().int().positive(),
  /** complete: went through all phases; skipped: the workload can't run here; aborted: it did not get to its end. */
  outcome: z.enum(['complete', 'skipped', 'aborted']),
  phases: z.array(PhaseRecord),
  recordings: z.array(RecordingRef),
  services: z.array(ServiceRecord),
  /** Measured hosts where they are not those of the plan: nodes of a cluster, as pods landed on them. */
  hosts: z.array(z.strictObject({ id: z.string(), roles: z.array(Role) })).optional(),
  /** Pods of a cluster, as they landed: what each is, the node it stands on (a host of `hosts`; itself where nodes are not measured), its QoS class. */
  pods: z
    .array(
      z.strictObject({
        id: z.string(),
        uid: z.string(),
        part: z.enum(['sut', 'load']),
        node: z.string(),
        qos: z.string(),
      }),
    )
    .optional(),
  collectors: z.array(
    z.strictObject({
      host: z.string(),
      id: z.string(),
      state: z.enum(['available', 'absent', 'forbidden']),
      detail: z.string(),
    }),
  ),
  tools: z.array(
    z.strictObject({
      name: z.string(),
      host: z.string(),
      version: z.string(),
      path: z.string(),
      copied: z.boolean(),
    }),
  ),
  /** Paths below work/, as they are stored (`.gz` where the runner compressed them). */
  workFiles: z.array(z.string()),
  loadExit: z.number().nullable(),
  /**
   * Where the load is made by several programs: the measured host of each, whose clock stamps its work, and its exit code (null: not known).
   * The work files of the first lie below work/load-1/, and so on.
   */
  loads: z.array(z.strictObject({ host: z.string(), exit: z.number().nullable() })).optional(),
  /** Meters that were asked; what they said is in raw/meters. */
  meters: z.array(MeterRecord).optional(),
  /** Findings made while it ran (others are derived). */
  findings: z.array(Finding),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
})
export type RunRecord = z.infer<typeof RunRecord>

/** raw/<host>/clock.json: all probes of a run, before, between and after. */
export const ClockRecord = z.strictObject({ host: z.string(), probes: z.array(ClockProbe) })
export type ClockRecord = z.infer<typeof ClockRecord>

/** environment-before.json and environment-after.json: facts by host. */
export const Environment = z.strictObject({ at: z.number(), hosts: z.record(z.string(), HostFacts) })
export type Environment = z.infer<typeof Environment>

/** One line of data/ledger.jsonl: something about to be made, or something removed. */
export const LedgerLine = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('make'),
    seq: z.number().int().positive(),
    at: z.number(),
    run: z.string(),
    target: z.string(),
    host: z.string(),
    /** Id of the remover and what it needs, as data. */
    remover: z.string(),
    args: z.record(z.string(), Json),
    /** For people: what it is. */
    what: z.string(),
    /** Wall clock, µs, after which anybody may remove it. */
    expires: z.number(),
  }),
  z.strictObject({
    op: z.literal('gone'),
    seq: z.number().int().positive(),
    at: z.number(),
    result: z.enum(['removed', 'was-gone', 'kept']),
  }),
])
export type LedgerLine = z.infer<typeof LedgerLine>
export type LedgerMake = Extract<LedgerLine, { op: 'make' }>

/** cleanup.json of a run. */
export const Cleanup = z.strictObject({
  made: z.number().int().nonnegative(),
  gone: z.number().int().nonnegative(),
  items: z.array(
    z.strictObject({
      seq: z.number().int().positive(),
      what: z.string(),
      host: z.string(),
      state: z.enum(['removed', 'was-gone', 'kept', 'left']),
      at: z.number(),
      reason: z.string().optional(),
    }),
  ),
  checkedAt: z.number(),
})
export type Cleanup = z.infer<typeof Cleanup>
