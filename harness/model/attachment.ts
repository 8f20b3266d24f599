import { z } from 'zod'

/** What is wrong in a file that somebody brings in, and where. */
export class FileFlaw extends Error {
  readonly line: number
  /** From 1. */
  readonly column: number | undefined

  constructor(what: string, at: { readonly line: number; readonly column?: number }) {
    super(what)
    this.name = 'FileFlaw'
    this.line = at.line
    this.column = at.column
  }
}

const Sha512 = z.string().regex(/^[0-9a-f]{128}$/)

/** attached/<meter>/attachment.json: what was brought in of a meter after the campaign. */
export const Attachment = z.strictObject({
  schema: z.literal('joulemark/attachment/1'),
  tool: z.string(),
  meter: z.string(),
  /** SHA-512 of the campaign's tagmanifest-sha512.txt: it belongs to no other. */
  campaign: Sha512,
  /** The file that was read; it is not kept itself. */
  source: z.strictObject({
    bytes: z.number().int().nonnegative(),
    sha512: Sha512,
    rows: z.number().int().nonnegative(),
    /** Of its first and its last row, controller's time, µs. */
    first: z.number(),
    last: z.number(),
    /** Stretches between rows of more than three intervals, and the longest between two rows, s. */
    gaps: z.number().int().nonnegative(),
    longest: z.number().nonnegative(),
  }),
  /** What the meter's clock was ahead, s, how well that is known, ± s, and where it was found the share of the variance that power and CPU use have in common. */
  clock: z.strictObject({
    offset: z.number(),
    doubt: z.number().nonnegative(),
    by: z.enum(['given', 'found']),
    explained: z.number().nullable(),
  }),
  /** Files beside this one, `<run>.ndjson`. */
  runs: z.array(z.strictObject({ run: z.string(), readings: z.number().int().positive(), sha512: Sha512 })),
  /** SHA-512 of all this as canonical JSON, without the digest itself. */
  digest: Sha512,
})
export type Attachment = z.infer<typeof Attachment>

/** File of a campaign with a run's readings of a meter that were brought in afterwards. */
export const attachedFile = (meter: string, run: string): string => `attached/${meter}/${run}.ndjson`
