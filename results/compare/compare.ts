import type { Result } from '../../harness/model/result.ts'
import type { Comparison } from './comparison.ts'

export type { Comparison, Difference, Pair, Refusal, Side, Standing, Verdict } from './comparison.ts'

/** Compares every campaign with the first one, keys first. Pure. */
export function compareResults(
  _results: readonly { readonly name: string; readonly result: Result }[],
): Comparison {
  throw new Error('not written yet')
}
