import { mean, sampleStandardDeviation } from 'simple-statistics'
import type { UncertaintyParts } from '../../../harness/model/evidence.ts'
import type { Estimate } from '../../../harness/model/result.ts'
import { coverHalfWidth } from './coverage-factor.ts'
import { t95 } from './student-t.ts'
import { combined, PARTS, type Part } from './uncertainty.ts'

/** Runs that each statistic needs (order statistics: a 95 % interval of anything needs six). */
export const NEEDED = { mean: 3, interval: 6 } as const
/** Coverage factor where there are no degrees of freedom to go by (JCGM 100:2008, 6.3.3). */
const COVERAGE = 2

/** A figure of one run. */
export interface RunFigure {
  readonly value: number
  /** 95 %, for a figure of a model. */
  readonly range: readonly [number, number] | null
  /** Standard uncertainties of this run's figure; `repetition` is not used. */
  readonly parts: UncertaintyParts
}

/**
 * What n runs say, and no more: one is an observation, two are points, from three on mean and deviation, from six on an interval
 * (t over runs). Errors that all runs share do not shrink with n: their parts are means over runs.
 */
export function estimate(unit: string, figures: readonly RunFigure[]): Estimate {
  const values = figures.map(f => f.value)
  const n = values.length
  const ranges =
    n > 0 && figures.every(f => f.range !== null)
      ? figures.map(f => [...(f.range as [number, number])] as [number, number])
      : null
  const middle = n === 1 || n >= NEEDED.mean ? mean(values) : null
  const sd = n >= NEEDED.mean ? sampleStandardDeviation(values) : null
  const parts = meanParts(figures, sd === null ? null : sd / Math.sqrt(n))
  const interval =
    n >= NEEDED.interval && middle !== null && sd !== null
      ? around(middle, (t95(n - 1) * sd) / Math.sqrt(n))
      : null
  const expanded = expand(middle, n, parts, ranges)
  return {
    unit,
    n,
    values,
    ranges,
    kind: kindOf(n),
    mean: middle,
    sd,
    interval,
    parts,
    expanded,
    covers: expanded === null ? (interval === null ? [] : ['repetition']) : covered(n, parts),
    unknown: n === 0 ? [] : PARTS.filter(part => parts[part] === null),
  }
}

/** A figure that no instrument's error and no model touches. */
export const exactFigure = (value: number): RunFigure => ({
  value,
  range: null,
  parts: { repetition: null, instrument: 0, model: 0, attribution: 0, clock: 0 },
})

function kindOf(n: number): Estimate['kind'] {
  if (n === 0) return 'none'
  if (n === 1) return 'observation'
  if (n < NEEDED.mean) return 'points'
  return n < NEEDED.interval ? 'mean' : 'interval'
}

function meanParts(figures: readonly RunFigure[], repetition: number | null): UncertaintyParts {
  const part = (of: (p: UncertaintyParts) => number | null): number | null => {
    const known = figures.map(f => of(f.parts)).filter(u => u !== null)
    return known.length === figures.length && known.length > 0 ? mean(known) : null
  }
  return {
    repetition,
    instrument: part(p => p.instrument),
    model: part(p => p.model),
    attribution: part(p => p.attribution),
    clock: part(p => p.clock),
  }
}

/** What an expanded uncertainty covers: repetition from six runs on, and every other part that is known and not none. */
function covered(n: number, parts: UncertaintyParts): Part[] {
  return PARTS.filter(part =>
    part === 'repetition' ? n >= NEEDED.interval : parts[part] !== null && parts[part] > 0,
  )
}

/**
 * Six runs and more: 95 % of all parts together, with t at their effective degrees of freedom (coverHalfWidth); a part that is not known
 * leaves it not known. One run: k = 2 of what is known of the instrument, nothing of how it would repeat (JCGM 100:2008, 6.3.3). Two to
 * five runs: nothing, for there is no interval below six. A model's figures: the hull of their ranges, each widened by k = 2 of the
 * clock's part where that is known; of six and more it covers repetition too (order statistics: 97 %).
 */
function expand(
  middle: number | null,
  n: number,
  parts: UncertaintyParts,
  ranges: readonly (readonly [number, number])[] | null,
): [number, number] | null {
  if (n > 1 && n < NEEDED.interval) return null
  if (ranges !== null) {
    const clock = parts.clock === null ? 0 : COVERAGE * parts.clock
    return [Math.min(...ranges.map(r => r[0])) - clock, Math.max(...ranges.map(r => r[1])) + clock]
  }
  const { repetition, ...further } = parts
  const u = combined({ ...further, repetition: 0 })
  if (middle === null || u === null) return null
  // One observation without any error to state is not exact: how it would repeat is not known.
  if (n === 1) return u === 0 ? null : around(middle, COVERAGE * u)
  if (repetition === null) return null
  return around(middle, coverHalfWidth([{ variance: repetition ** 2, freedom: n - 1 }], [u ** 2]))
}

const around = (middle: number, half: number): [number, number] => [middle - half, middle + half]
