/**
 * Quantiles of Student's t distribution, from the incomplete beta function.
 * Sources: Abramowitz & Stegun, 26.7.1 (distribution by the incomplete beta function), 26.5.8 (its continued fraction).
 */

/** P(T ≤ t) with `freedom` degrees of freedom (> 0, need not be whole). */
export function tDistribution(t: number, freedom: number): number {
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  return t > 0 ? 1 - tail : tail
}

/**
 * The value that a t-distributed number stays below with probability p.
 * @param p 0 < p < 1
 */
export function tQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1) || !(freedom > 0))
    throw new RangeError(`no t quantile for p ${p}, ${freedom} degrees of freedom`)
  if (p < 0.5) return -tQuantile(1 - p, freedom)
  let low = 0
  let high = 1
  while (tDistribution(high, freedom) < p) high *= 2
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i++) {
    const middle = (low + high) / 2
    if (tDistribution(middle, freedom) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Two-sided 95 % factor. */
export const t95 = (freedom: number): number => tQuantile(0.975, freedom)

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  // The fraction converges fast only on this side of the mean; the other side by symmetry.
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a
  return 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** Lentz's evaluation of the continued fraction. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const guard = (v: number): number => (Math.abs(v) < tiny ? tiny : v)
  let c = 1
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / guard(1 + even * d)
    c = guard(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / guard(1 + odd * d)
    c = guard(1 + odd / c)
    result *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return result
}

/** ln Γ(x), x > 0: Stirling's series after shifting x above 8 (Abramowitz & Stegun 6.1.41). */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  while (z < 8) {
    shift -= Math.log(z)
    z += 1
  }
  const r = 1 / (z * z)
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / z
  return shift + (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series
}
