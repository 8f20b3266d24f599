import type { CrossCheck } from '../../../harness/model/cross-check.ts'
import type { SourceKind } from '../../../harness/model/evidence.ts'
import type { Trace } from '../../../harness/model/result.ts'
import { LEAST_POINTS, lagOf, moments } from './lag.ts'

/** A source of energy on a host, as its trace of power shows it; all traces of a host have the same bins. */
export interface Metered {
  readonly source: string
  readonly kind: SourceKind
  readonly trace: Trace
}

/** Share of its mean by which power must vary (standard deviation) before slope, offset and lag can be told. */
const VARIES = 0.02

/**
 * What others say beside the source that counts, over the bins of a run in which both were read (Bland, Altman, Lancet 327, 1986: mean
 * difference and limits of agreement, mean ± 1.96 standard deviations). Slope and offset are least squares of the other on the one that counts.
 */
export function crossChecks(of: Metered, others: readonly Metered[]): CrossCheck[] {
  return others.flatMap(other => {
    const pairs = of.trace.v.flatMap((x, i): [number, number][] => {
      const y = other.trace.v[i] ?? null
      return x === null || y === null ? [] : [[x, y]]
    })
    const known = pairs.length >= LEAST_POINTS && pairs.some(([x]) => x > 0)
    return known ? [check(of, other, pairs)] : []
  })
}

function check(of: Metered, other: Metered, pairs: readonly (readonly [number, number])[]): CrossCheck {
  const n = pairs.length
  const x = moments(pairs.map(([a]) => a))
  const y = moments(pairs.map(([, b]) => b))
  const differences = moments(pairs.map(([a, b]) => b - a))
  const varies = x.sd > VARIES * x.mean
  const covariance = pairs.reduce((sum, [a, b]) => sum + (a - x.mean) * (b - y.mean), 0) / (n - 1)
  const slope = varies ? covariance / x.sd ** 2 : null
  const ratio = y.mean / x.mean
  return {
    host: of.trace.host,
    source: other.source,
    against: of.source,
    n,
    ratio,
    slope,
    offset: slope === null ? null : y.mean - slope * x.mean,
    lag: varies && y.sd > 0 ? lagOf(of.trace, other.trace) : null,
    difference: differences.mean,
    agreement: [differences.mean - 1.96 * differences.sd, differences.mean + 1.96 * differences.sd],
    signature: signatureOf({
      of,
      other,
      ratio,
      // Least squares lie low where the two are read at other moments of a restless load; deviations do not.
      slope: slope === null || covariance <= 0 ? slope : y.sd / x.sd,
      still: varies && y.sd < VARIES * y.mean * 0.1,
    }),
  }
}

/** Sources that have the whole server in them: they should say the same but for the losses of supplies. */
const WHOLE = new Set<SourceKind>(['wall-meter', 'bmc'])
/** Factors by which shipped tools were wrong: dies and supplies (2, 4), guests (5), units and digits (10, 100, 1000). docs/known-failures.md */
const FACTORS = [2, 4, 5, 10, 100, 1000]
/** Losses of supplies and limits of error stay within this share. */
const NEAR = 0.06

function signatureOf(o: {
  readonly of: Metered
  readonly other: Metered
  readonly ratio: number
  readonly slope: number | null
  readonly still: boolean
}): CrossCheck['signature'] {
  if (o.still) return { kind: 'constant' }
  if (!WHOLE.has(o.of.kind) || !WHOLE.has(o.other.kind)) return null
  const near = (value: number, factor: number): boolean => Math.abs(value / factor - 1) <= NEAR
  for (const factor of FACTORS.flatMap(f => [f, 1 / f])) {
    if (near(o.ratio, factor) && (o.slope === null || near(o.slope, factor)))
      return { kind: 'factor', factor }
  }
  return null
}
