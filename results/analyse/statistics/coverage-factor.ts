import { t95, tQuantile } from './student-t.ts'

/** Variance of a mean with the degrees of freedom behind it; Infinity: known from elsewhere, not estimated from these runs. */
export interface Component {
  readonly variance: number
  readonly freedom: number
}

/** Above this t is that of the normal distribution to six digits. */
const MANY = 1e6

/** Half the width of a 95 % interval of a sum of independent components with the effective degrees of freedom (Welch and Satterthwaite). */
export function halfWidth95(components: readonly Component[]): number {
  const total = components.reduce((sum, c) => sum + c.variance, 0)
  const freedom = total ** 2 / components.reduce((sum, c) => sum + c.variance ** 2 / c.freedom, 0)
  const factor = Number.isFinite(freedom) ? t95(Math.min(freedom, MANY)) : tQuantile(0.975, MANY)
  return factor * Math.sqrt(total)
}

/**
 * Half the width of a 95 % interval: Student's t at the effective degrees of freedom times the combined uncertainty (JCGM 100:2008,
 * G.4.1 and G.6.4). A small further component raises the degrees of freedom faster than the uncertainty, so that the interval of all
 * could be narrower than that of the runs alone; what is added may never make it so, and then the wider one of the two is given.
 * @param runs components estimated from runs
 * @param further variances of what does not shrink with n
 */
export const coverHalfWidth = (runs: readonly Component[], further: readonly number[]): number =>
  Math.max(
    halfWidth95(runs),
    halfWidth95([...runs, ...further.map(variance => ({ variance, freedom: Number.POSITIVE_INFINITY }))]),
  )
