import { z } from 'zod'
import { PlannedCluster } from './cluster.ts'
import { Json } from './json.ts'
import { PlannedMeter } from './meter.ts'
import { Role } from './target.ts'

export const ProfileName = z.enum(['quick', 'standard'])
export type ProfileName = z.infer<typeof ProfileName>

/** Lengths of the phases in seconds, resolved. */
export const Durations = z.strictObject({
  baseline: z.number().positive(),
  idle: z.number().positive(),
  warmUp: z.number().nonnegative(),
  window: z.number().positive(),
  coolDown: z.number().nonnegative(),
})
export type Durations = z.infer<typeof Durations>

export const Protocol = z.strictObject({
  /** As asked for; a shortened standard counts as quick: see `ranked`. */
  profile: ProfileName,
  durations: Durations,
  /** Windows per run. */
  windows: z.number().int().positive(),
  repetitions: z.number().int().positive(),
  order: z.enum(['random', 'file']),
  seed: z.number().int().nonnegative(),
  retries: z.number().int().nonnegative(),
  /** False: quick, or a standard that was shortened or has fewer repetitions than its profile. */
  ranked: z.boolean(),
})
export type Protocol = z.infer<typeof Protocol>

/** What the file says of the machine under a host, for the power model. All optional: unknown stays unknown. */
export const AssumedHost = z.strictObject({
  /** Hardware threads of the physical machine (T). */
  threads: z.number().int().positive().optional(),
  /** Overcommitment of vCPUs over threads (r). */
  overcommitment: z.number().min(1).optional(),
  /** Watts of the physical machine at idle and at full load, where the provider states them. */
  idleWatts: z.number().positive().optional(),
  fullWatts: z.number().positive().optional(),
  /** Year the machine's hardware came out. */
  year: z.number().int().min(2007).max(2100).optional(),
})
export type AssumedHost = z.infer<typeof AssumedHost>

/** A reference to a secret: never its value. */
export const SecretRef = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
])
export type SecretRef = z.infer<typeof SecretRef>

/** A host in the plan; how it is reached is not here (state/hosts.json has that). */
export const PlannedHost = z.strictObject({
  id: z.string(),
  roles: z.array(Role),
  assumed: AssumedHost,
})
export type PlannedHost = z.infer<typeof PlannedHost>

export const PlannedTarget = z.strictObject({
  id: z.string(),
  kind: z.string(),
  hosts: z.array(PlannedHost),
  become: z.enum(['none', 'sudo']),
  /** Of a target of kind kubernetes alone. */
  cluster: PlannedCluster.optional(),
})
export type PlannedTarget = z.infer<typeof PlannedTarget>

export const PlannedWorkload = z.strictObject({
  /** Key in the campaign: the workload's id, or `id-label` where the file has it twice under different labels. */
  key: z.string(),
  id: z.string(),
  version: z.string(),
  /** All parameters, defaults written out. */
  params: z.record(z.string(), Json),
  functionalUnit: z.string(),
  install: z.enum(['allow', 'never']),
  purge: z.boolean(),
})
export type PlannedWorkload = z.infer<typeof PlannedWorkload>

export const PlannedRun = z.strictObject({
  /** 1-based, in the order of execution. */
  number: z.number().int().positive(),
  target: z.string(),
  /** PlannedWorkload.key */
  workload: z.string(),
  /** 1-based. */
  repetition: z.number().int().positive(),
})
export type PlannedRun = z.infer<typeof PlannedRun>

/** The campaign, resolved: immutable, without secrets and without identities. data/plan.json. */
export const Plan = z.strictObject({
  schema: z.literal('joulemark/plan/1'),
  tool: z.string(),
  name: z.string(),
  title: z.string(),
  /** IANA zone shown beside UTC in the report. */
  zone: z.string(),
  protocol: Protocol,
  targets: z.array(PlannedTarget),
  workloads: z.array(PlannedWorkload),
  collectors: z.array(z.strictObject({ id: z.string() })),
  /** Readings per second of the recorder, 0.1 … 10. */
  rate: z.number().positive(),
  /** Bound of the recorder's buffer on a host. */
  buffer: z.strictObject({ tmpfsBytes: z.number().positive(), diskBytes: z.number().nonnegative() }),
  /** Whether points go to InfluxDB (the connection itself is not in the plan). */
  influx: z.boolean(),
  /** Asked over a network. */
  meters: z.array(PlannedMeter).optional(),
  runs: z.array(PlannedRun),
  /** sha256 of the canonical JSON of everything above, hex. */
  digest: z.string(),
})
export type Plan = z.infer<typeof Plan>

/** Name of a run's folder: `0001-<target>-<workload>-r1-a1`. */
export const runId = (run: PlannedRun, attempt: number): string =>
  `${String(run.number).padStart(4, '0')}-${run.target}-${run.workload}-r${run.repetition}-a${attempt}`
