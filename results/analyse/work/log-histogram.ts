/**
 * Counts of non-negative values in buckets of equal ratio: quantiles are within 1 % of a value that was added, in memory that does not
 * grow with their number. Source: Masson, Rim, Lee, DDSketch, PVLDB 12 (2019), 2195, definition 4 and proposition 3.
 */
export interface LogHistogram {
  add(value: number): void
  readonly n: number
  /** Exact. */
  mean(): number
  /** Exact. */
  max(): number
  /** Nearest rank; within RELATIVE_ERROR of the exact one. @throws RangeError when empty */
  quantile(p: number): number
}

export const RELATIVE_ERROR = 0.01
const RATIO = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
/** Values below count as this: below a µs nothing here is told apart. */
const LEAST = 1e-3

export function logHistogram(): LogHistogram {
  const buckets = new Map<number, number>()
  let n = 0
  let sum = 0
  let most = Number.NEGATIVE_INFINITY
  let least = Number.POSITIVE_INFINITY
  return {
    add(value) {
      if (!(value >= 0)) throw new RangeError(`not a value for a histogram: ${value}`)
      const index = Math.ceil(Math.log(Math.max(value, LEAST)) / Math.log(RATIO))
      buckets.set(index, 1 + (buckets.get(index) ?? 0))
      n += 1
      sum += value
      if (value > most) most = value
      if (value < least) least = value
    },
    get n() {
      return n
    },
    mean: () => sum / n,
    max: () => most,
    quantile(p) {
      if (n === 0) throw new RangeError('an empty histogram has no quantiles')
      const rank = Math.max(1, Math.ceil(p * n))
      let seen = 0
      for (const [index, count] of [...buckets].sort((a, b) => a[0] - b[0])) {
        seen += count
        if (seen >= rank) return Math.min(most, Math.max(least, (2 * RATIO ** index) / (RATIO + 1)))
      }
      return most
    },
  }
}
