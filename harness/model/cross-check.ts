import { z } from 'zod'

/** What a source says beside the one that counts, over the bins of a run (W). */
export const CrossCheck = z.strictObject({
  host: z.string(),
  source: z.string(),
  /** The source that counts. */
  against: z.string(),
  /** Bins in which both were read. */
  n: z.number().int(),
  /** Of the means. */
  ratio: z.number(),
  /** Least squares on the source that counts; null: power did not vary enough. */
  slope: z.number().nullable(),
  offset: z.number().nullable(),
  /** By how much it follows later, s; null: can't be said. */
  lag: z.number().nullable(),
  /** Mean of the differences, and their limits of agreement (95 %). */
  difference: z.number(),
  agreement: z.tuple([z.number(), z.number()]),
  /** A known fault whose mark it bears. */
  signature: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('factor'), factor: z.number() }),
      z.strictObject({ kind: z.literal('constant') }),
    ])
    .nullable(),
})
export type CrossCheck = z.infer<typeof CrossCheck>
