import type { Coefficients } from './types.ts'

export type Curve = Pick<Coefficients, 'levels' | 'shape' | 'shapeCovariance'>

/**
 * Adds seconds at a utilisation to the two levels beside it, in proportion: with it, a mean over the linear curve is exact.
 * @param u 0 … 1; outside it is taken at the edge
 */
export function addAtLevel(atLevel: number[], levels: readonly number[], u: number, seconds: number): void {
  const x = Math.min(1, Math.max(0, u))
  let i = 0
  while (i < levels.length - 2 && x > (levels[i + 1] as number)) i++
  const part = (x - (levels[i] as number)) / ((levels[i + 1] as number) - (levels[i] as number))
  atLevel[i] = (atLevel[i] as number) + seconds * (1 - part)
  atLevel[i + 1] = (atLevel[i + 1] as number) + seconds * part
}

/** ∫ g(u) dt, s: seconds of full dynamic power. */
export const meanOfCurve = (curve: Curve, atLevel: readonly number[]): number =>
  atLevel.reduce((sum, seconds, i) => sum + seconds * (curve.shape[i] as number), 0)

/** Standard deviation of ∫ g(u) dt over machines, s, with the covariance of the levels: it is 0 for a difference of equal loads. */
export function sdOfCurve(curve: Curve, atLevel: readonly number[]): number {
  let variance = 0
  for (const [i, line] of curve.shapeCovariance.entries()) {
    for (const [j, covariance] of line.entries())
      variance += (atLevel[i] as number) * (atLevel[j] as number) * covariance
  }
  return Math.sqrt(Math.max(0, variance))
}
