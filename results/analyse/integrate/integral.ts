/** Why there is no figure for a stretch. */
export type AbsentReason =
  /** No readings at all. */
  | 'NO_READINGS'
  /** No reading before its start or none after its end. */
  | 'EDGE_MISSING'
  /** In part of it what happened is not known: a counter was reset or could not be read. */
  | 'BROKEN'
  /** A gauge was not read for longer than may be bridged. */
  | 'GAP'

/** A sum over a stretch, or why there is none. */
export type Integral = { readonly value: number } | { readonly absent: AbsentReason }

export const valueOf = (integral: Integral): number | null => ('value' in integral ? integral.value : null)
