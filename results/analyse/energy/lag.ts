/** A value over time in bins of equal length; null: nothing there. */
export interface Binned {
  /** Centres of bins, s. */
  readonly t: readonly number[]
  readonly v: readonly (number | null)[]
}

/** Points that a comparison needs. */
export const LEAST_POINTS = 10
/** Longest lag that is looked for, bins. */
const MOST_LAG = 10
/** A lag is said where shifting by it explains this much more of the variance. */
const GAIN = 0.02
/** Share of the variance that the two must have in common before a lag means anything. */
const TOGETHER = 0.5

export interface Moments {
  readonly mean: number
  readonly sd: number
}

export function moments(values: readonly number[]): Moments {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return { mean, sd: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1)) }
}

/** Length of a bin, s; NaN: there is only one. */
export const binSeconds = ({ t }: Pick<Binned, 't'>): number => (t[1] ?? Number.NaN) - (t[0] ?? Number.NaN)

/**
 * By how much `other` follows later, s: the shift at which the two vary together most. 0: no shift is better than none. null: it can't be told.
 * Both must have the same bins.
 */
export function lagOf(of: Binned, other: Binned): number | null {
  const together = Array.from({ length: 2 * MOST_LAG + 1 }, (_, i) =>
    squaredCorrelation(of, other, i - MOST_LAG),
  )
  const best = together.reduce((top, r, i) => (r > (together[top] ?? 0) ? i : top), MOST_LAG)
  const gain = (together[best] ?? 0) - (together[MOST_LAG] ?? 0)
  if ((together[best] ?? 0) < TOGETHER) return null
  return gain > GAIN ? (best - MOST_LAG) * binSeconds(of) : 0
}

function squaredCorrelation(of: Binned, other: Binned, shift: number): number {
  const pairs = of.v.flatMap((x, i): [number, number][] => {
    const y = other.v[i + shift] ?? null
    return x === null || y === null ? [] : [[x, y]]
  })
  if (pairs.length < LEAST_POINTS) return 0
  const x = moments(pairs.map(([a]) => a))
  const y = moments(pairs.map(([, b]) => b))
  const covariance = pairs.reduce((sum, [a, b]) => sum + (a - x.mean) * (b - y.mean), 0) / (pairs.length - 1)
  return covariance <= 0 || x.sd === 0 || y.sd === 0 ? 0 : (covariance / (x.sd * y.sd)) ** 2
}
