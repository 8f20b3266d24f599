import { z } from 'zod'
import { AccuracyClass, SourceKind } from './evidence.ts'
import { Json } from './json.ts'
import { Accuracy, QUALIFIED_LIMIT } from './meter.ts'

/** Rule JM-P8, in the manner of MLPerf's power qualification: five windows of one minute at each level, the lowest and the highest dropped. */
export const QUALIFICATION = {
  rule: 'JM-P8',
  /** Minutes at each level. */
  minutes: 5,
  /** Length of a minute, s. */
  seconds: 60,
  /** Loads beside idle. */
  loads: 2,
} as const

const Text = z.string().max(4096)
const Watts = z.number().positive()

/** A minute of a window of a run, and the mean power that both meters give for it, W. */
export const QualifiedMinute = z.strictObject({
  run: z.number().int().positive(),
  attempt: z.number().int().positive(),
  /** Index of the window in the run, and of the minute in the window. */
  window: z.number().int().nonnegative(),
  minute: z.number().int().nonnegative(),
  sensor: Watts,
  against: Watts,
  ratio: z.number().positive(),
})
export type QualifiedMinute = z.infer<typeof QualifiedMinute>

/** Minutes that were looked at and left out, for want of a figure of this meter. */
export const UnusedMinutes = z.strictObject({
  meter: Text,
  /** Why it has none: NO_READINGS, EDGE_MISSING, BROKEN, GAP. */
  reason: Text,
  minutes: z.number().int().positive(),
})
export type UnusedMinutes = z.infer<typeof UnusedMinutes>

/** Idle or a load. Shares are of what the class meter reads. */
export const QualifiedLevel = z.strictObject({
  /** Key of the workload in the campaign, its id and version. */
  workload: Text,
  id: Text,
  version: Text,
  minutes: z.array(QualifiedMinute).length(QUALIFICATION.minutes),
  unused: z.array(UnusedMinutes).max(100),
  /** Mean power by the class meter, W. */
  watts: Watts,
  /** Olympic mean of the ratios sensor over class meter, and that less 1. */
  ratio: z.number().positive(),
  deviation: z.number(),
  /** Limit of error of the class meter at this power, by its data sheet, and its class there. */
  limit: z.number().nonnegative(),
  class: AccuracyClass,
  passed: z.boolean(),
})
export type QualifiedLevel = z.infer<typeof QualifiedLevel>

/** What a sensor was found to be worth beside a class meter. Made from a campaign's raw data alone: equal data and version give equal bytes. */
export const Certificate = z.strictObject({
  schema: z.literal('joulemark/certificate/1'),
  tool: Text,
  rule: z.literal(QUALIFICATION.rule),
  /** seal: SHA-512 of tagmanifest-sha512.txt, hex; null: it is not sealed. */
  campaign: z.strictObject({ id: Text, plan: Text, seal: Text.nullable() }),
  /** Begin of the first and end of the last minute used, controller's clock, µs. */
  measured: z.strictObject({ from: z.number(), to: z.number() }),
  sensor: z.strictObject({
    /** Its name in the campaign. */
    id: Text,
    kind: Text,
    /** As the plan has them. */
    settings: z.record(z.string().max(200), Json),
    source: SourceKind,
    scope: Text,
    reads: z.enum(['instant', 'interval-average']),
    take: z.enum(['power', 'energy']),
    /** Between two questions, s. */
    seconds: z.number().positive(),
    /** How many outlets, supplies or zones were summed. */
    instances: z.number().int().positive(),
  }),
  against: z.strictObject({
    id: Text,
    kind: Text,
    scope: Text,
    seconds: z.number().positive(),
    instances: z.number().int().positive(),
    /** Of each instance. */
    accuracy: Accuracy,
  }),
  host: z.strictObject({
    cpu: Text,
    vendor: Text,
    threads: z.number().int().positive(),
    virtualization: Text,
  }),
  levels: z
    .array(QualifiedLevel)
    .min(1 + QUALIFICATION.loads)
    .max(1000),
  /** Least and greatest power of the levels, W. */
  range: z.strictObject({ low: Watts, high: Watts }),
  /** What deviation and limit of the class meter may come to together. */
  limit: z.literal(QUALIFIED_LIMIT),
  verdict: z.enum(['passed', 'failed']),
  /** Why it failed, a sentence for each level that did. */
  reasons: z.array(Text).max(1000),
})
export type Certificate = z.infer<typeof Certificate>

/** The file's text. */
export const certificateText = (certificate: Certificate): string =>
  `${JSON.stringify(certificate, null, 2)}\n`
