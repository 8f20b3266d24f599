import { z } from 'zod'

/** How a meter of energy or power was read in a run, of one host. */
export const MeterUse = z.strictObject({
  host: z.string(),
  source: z.string(),
  reads: z.enum(['instant', 'interval-average', 'counter']),
  /** Between two questions, s. */
  asked: z.number(),
  /** Readings with a figure. */
  readings: z.number().int(),
  /**
   * Median time between two changes of what it says, s. `atMost`: it had changed at nearly every question, so that it may well be shorter. null:
   * it changed too seldom to tell.
   */
  update: z.strictObject({ seconds: z.number(), atMost: z.boolean() }).nullable(),
  /** By how much its power follows the machine's CPU later, s, ± `resolution`; null: CPU or power varied too little to tell. */
  lag: z.number().nullable(),
  /** s. */
  resolution: z.number(),
  /** Of the certificate that is cited for it: its file's SHA-256, and the campaign that it was made from. */
  certificate: z.strictObject({ digest: z.string(), campaign: z.string() }).optional(),
})
export type MeterUse = z.infer<typeof MeterUse>
