import { leastSquares } from './least-squares.ts'
import {
  type Coefficients,
  type Fit,
  type FitName,
  LEVELS,
  type Published,
  type Regression,
  THREADS_ORIGIN,
  YEAR_ORIGIN,
} from './types.ts'

/** Years of hardware that count, newest first. */
export const DECADE = 10

/** Results of the newest ten years of the table: what a machine of today resembles most. */
export function newestDecade(table: readonly Published[]): Published[] {
  const newest = Math.max(...table.map(row => row.year))
  return table.filter(row => row.year > newest - DECADE)
}

/**
 * Fits idle watts and dynamic watts per thread on a log scale, and the mean shape of the curve between them. Every CPU model counts
 * once, so that a model with thirty results does not speak for thirty.
 * @param rows results of the years that count
 */
export function fitPowerModel(rows: readonly Published[], table: string): Coefficients {
  const weights = weightsByModel(rows)
  const shapes = rows.map(shapeOf)
  const shape = LEVELS.map((_, level) =>
    weightedMean(
      shapes.map(s => s[level] as number),
      weights,
    ),
  )
  return {
    schema: 'joulemark/power-model/1',
    table,
    years: [Math.min(...rows.map(r => r.year)), Math.max(...rows.map(r => r.year))],
    threads: [Math.min(...rows.map(r => r.threads)), Math.max(...rows.map(r => r.threads))],
    results: rows.length,
    cpuModels: new Set(rows.map(r => r.cpu)).size,
    levels: LEVELS,
    shape,
    shapeCovariance: LEVELS.map((_, i) =>
      LEVELS.map((_, j) =>
        weightedMean(
          shapes.map(s => deviation(s, shape, i) * deviation(s, shape, j)),
          weights,
        ),
      ),
    ),
    fits: {
      nothing: fitOne('nothing', rows, weights),
      year: fitOne('year', rows, weights),
      threads: fitOne('threads', rows, weights),
      'threads+year': fitOne('threads+year', rows, weights),
    },
  }
}

const deviation = (of: readonly number[], mean: readonly number[], level: number): number =>
  (of[level] as number) - (mean[level] as number)
const idleOf = (row: Published): number => row.watts[0] as number
const fullOf = (row: Published): number => row.watts.at(-1) as number
const shapeOf = (row: Published): number[] =>
  row.watts.map(watts => (watts - idleOf(row)) / (fullOf(row) - idleOf(row)))

function fitOne(name: FitName, rows: readonly Published[], weights: readonly number[]): Fit {
  const x = rows.map(row => features(name, row))
  const models = weights.reduce((a, b) => a + b, 0)
  const freedom = models - (x[0]?.length ?? 0)
  const idle = regress(
    name,
    x,
    rows.map(row => Math.log(idleOf(row))),
    weights,
  )
  const dynamic = regress(
    name,
    x,
    rows.map(row => Math.log(fullOf(row) - idleOf(row))),
    weights,
  )
  const covariance = weightedMean(
    idle.residuals.map((e, i) => e * (dynamic.residuals[i] as number)),
    weights,
  )
  return {
    idle: idle.line,
    dynamic: dynamic.line,
    correlation: covariance / Math.sqrt(idle.variance * dynamic.variance),
    freedom: Math.round(freedom),
  }
}

function features(name: FitName, row: Pick<Published, 'threads' | 'year'>): number[] {
  const x = [1]
  if (name.includes('year')) x.push(row.year - YEAR_ORIGIN)
  if (name.includes('threads')) x.push(Math.log2(row.threads / THREADS_ORIGIN))
  return x
}

function regress(
  name: FitName,
  x: readonly (readonly number[])[],
  y: readonly number[],
  weights: readonly number[],
): { line: Regression; residuals: number[]; variance: number } {
  const found = leastSquares(x, y, weights)
  const residuals = y.map(
    (value, i) => value - found.reduce((sum, b, j) => sum + b * ((x[i] as number[])[j] as number), 0),
  )
  const models = weights.reduce((a, b) => a + b, 0)
  const variance = weightedMean(
    residuals.map(e => e * e),
    weights,
  )
  // Unbiased for the parameters, and (1 + p/N): mean variance of the line itself at the points of the fit.
  const sd = Math.sqrt(((variance * models) / (models - found.length)) * (1 + found.length / models))
  const slopes = found.slice(1)
  return {
    line: {
      intercept: found[0] as number,
      perYear: name.includes('year') ? (slopes[0] as number) : 0,
      perDoubling: name.includes('threads') ? (slopes.at(-1) as number) : 0,
      sd,
    },
    residuals,
    variance,
  }
}

function weightsByModel(rows: readonly Published[]): number[] {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.cpu, 1 + (counts.get(row.cpu) ?? 0))
  return rows.map(row => 1 / (counts.get(row.cpu) as number))
}

const weightedMean = (values: readonly number[], weights: readonly number[]): number =>
  values.reduce((sum, v, i) => sum + v * (weights[i] as number), 0) / weights.reduce((a, b) => a + b, 0)
