import { z } from 'zod'

/** The recorder's cost on a host over a recording. */
export const Footprint = z.strictObject({
  host: z.string(),
  cpuSeconds: z.number().nullable(),
  /** Share of one core. */
  cpuShare: z.number().nullable(),
  bytes: z.number(),
  readings: z.number().int(),
  missed: z.number().int(),
  latenessP50Micros: z.number().nullable(),
  latenessP99Micros: z.number().nullable(),
})
export type Footprint = z.infer<typeof Footprint>
