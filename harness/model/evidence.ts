import { z } from 'zod'

/** Where a figure of energy comes from, best first. */
export const SourceKind = z.enum([
  'wall-meter',
  'bmc',
  'host-counter',
  'hypervisor-allocated',
  'provider-attributed',
  'model',
  'synthetic',
])
export type SourceKind = z.infer<typeof SourceKind>

/** E3 ≤ 1 %, E2 ≤ 2 %, E1 ≤ 5 % or qualified against a class meter, E0 unqualified sensor or model, none: synthetic. */
export const AccuracyClass = z.enum(['E3', 'E2', 'E1', 'E0', 'none'])
export type AccuracyClass = z.infer<typeof AccuracyClass>

/**
 * Standard uncertainty in parts, each in the unit of the figure it stands beside; null: not known, 0: known to be none.
 * Combined as the GUM says (root sum of squares; JCGM 100:2008, 5.1.2). Instrument error does not shrink with n.
 */
export const UncertaintyParts = z.strictObject({
  repetition: z.number().nonnegative().nullable(),
  instrument: z.number().nonnegative().nullable(),
  model: z.number().nonnegative().nullable(),
  attribution: z.number().nonnegative().nullable(),
  clock: z.number().nonnegative().nullable(),
})
export type UncertaintyParts = z.infer<typeof UncertaintyParts>

export const Evidence = z.strictObject({
  /** Id of the source, e.g. `rapl`, `power-model`. */
  source: z.string(),
  kind: SourceKind,
  class: AccuracyClass,
  /** e.g. `cpu package+dram, 2 sockets`, `wall AC, 1 server, both PSUs`, `wall AC, share of an assumed host`. */
  scope: z.string(),
})
export type Evidence = z.infer<typeof Evidence>
