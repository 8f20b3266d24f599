import { mean, sampleVariance } from 'simple-statistics'
import { coverHalfWidth } from './coverage-factor.ts'

/** Ratio of two means with a 95 % interval. */
export interface Ratio {
  readonly ratio: number
  readonly interval: readonly [number, number]
}

/**
 * mean(b) / mean(a) of independent runs with its interval on a log scale: the variance of ln(mean) is s²/(n·mean²)
 * (delta method; Lehr & Franz in Casella & Berger, Statistical Inference, 5.5.4), degrees of freedom by Welch and Satterthwaite
 * (JCGM 100:2008, G.4.1).
 * @param relative further relative standard uncertainties of the ratio that do not shrink with n (instruments, models, …)
 * @throws RangeError for fewer than two runs on a side, or a mean that is not positive
 */
export function ratioOfMeans(
  a: readonly number[],
  b: readonly number[],
  relative: readonly number[] = [],
): Ratio {
  if (a.length < 2 || b.length < 2) throw new RangeError('a ratio needs two runs on each side')
  if (!(mean([...a]) > 0 && mean([...b]) > 0))
    throw new RangeError('a ratio on a log scale needs positive means')
  const ratio = mean([...b]) / mean([...a])
  const sides = [a, b].map(values => ({
    variance: sampleVariance([...values]) / (values.length * mean([...values]) ** 2),
    freedom: values.length - 1,
  }))
  const reach = Math.exp(
    coverHalfWidth(
      sides,
      relative.map(u => u * u),
    ),
  )
  return { ratio, interval: [ratio / reach, ratio * reach] }
}
