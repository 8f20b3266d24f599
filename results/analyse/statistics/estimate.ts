import { mean, sampleStandardDeviation } from 'simple-statistics'
import type { UncertaintyParts } from '../../../harness/model/evidence.ts'
import type { Estimate } from '../../../harness/model/result.ts'
import { t95 } from './student-t.ts'
import { combined } from './uncertainty.ts'

/** Runs that each statistic needs (order statistics: a 95 % interval of anything needs six). */
export const NEEDED = { mean: 3, interval: 6 } as const
/** Coverage factor of an expanded uncertainty (JCGM 100:2008, 6.3.3). */
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
  return {
    unit,
    n,
    values,
    ranges,
    kind: kindOf(n),
    mean: middle,
    sd,
    interval:
      n >= NEEDED.interval && middle !== null && sd !== null
        ? around(middle, (t95(n - 1) * sd) / Math.sqrt(n))
        : null,
    parts,
    expanded: expand(middle, n, parts, ranges),
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

/** A model's figures span their ranges; else k = 2 of all parts, of which repetition is not one for a single observation. */
function expand(
  middle: number | null,
  n: number,
  parts: UncertaintyParts,
  ranges: readonly (readonly [number, number])[] | null,
): [number, number] | null {
  if (ranges !== null) return [Math.min(...ranges.map(r => r[0])), Math.max(...ranges.map(r => r[1]))]
  const u = combined(n === 1 ? { ...parts, repetition: 0 } : parts)
  // One observation without any error to state is not exact: how it would repeat is not known.
  if (middle === null || u === null || (n === 1 && u === 0)) return null
  return around(middle, COVERAGE * u)
}

const around = (middle: number, half: number): [number, number] => [middle - half, middle + half]
