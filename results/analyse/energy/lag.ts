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
/** Shifts that explain less of the variance than the best by no more than this are as good. */
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

/** Shifts by which `other` may follow later, s. */
export interface Lag {
  /** The middle of those that explain as much as the best but for GAIN. */
  readonly seconds: number
  /** Half their range, and half a bin. */
  readonly within: number
}

/** By how much `other` follows later. null: it can't be told. Both must have the same bins. */
export function lagRange(of: Binned, other: Binned): Lag | null {
  const together = Array.from({ length: 2 * MOST_LAG + 1 }, (_, i) =>
    squaredCorrelation(of, other, i - MOST_LAG),
  )
  const best = together.reduce((top, r, i) => (r > (together[top] ?? 0) ? i : top), MOST_LAG)
  const most = together[best] ?? 0
  if (most < TOGETHER) return null
  let [low, high] = [best, best]
  while (low > 0 && (together[low - 1] ?? 0) >= most - GAIN) low -= 1
  while (high < 2 * MOST_LAG && (together[high + 1] ?? 0) >= most - GAIN) high += 1
  const bin = binSeconds(of)
  return { seconds: ((low + high) / 2 - MOST_LAG) * bin, within: ((high - low + 1) / 2) * bin }
}

/** The same as one shift, s; 0: none is told from none. */
export function lagOf(of: Binned, other: Binned): number | null {
  const found = lagRange(of, other)
  if (found === null) return null
  return Math.abs(found.seconds) < found.within ? 0 : found.seconds
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
