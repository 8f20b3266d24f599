import { addAtLevel } from './curve.ts'
import { fitPowerModel } from './fit.ts'
import { type AssumedMachine, machineOf, modelEnergy } from './predict.ts'
import { type FitName, LEVELS, type Published } from './types.ts'

/** Loads at which the model is checked. */
export const CHECKED = [
  { name: 'idle', load: 0 },
  { name: 'mid', load: 0.5 },
  { name: 'full', load: 1 },
] as const

/** How far the model is from machines that it has never seen, at one load, knowing one set of things. */
export interface ModelError {
  readonly knowing: FitName
  readonly load: (typeof CHECKED)[number]['name']
  /** CPU models; each counts once. */
  readonly cpuModels: number
  /** Predicted over printed − 1: median. */
  readonly bias: number
  /** |predicted over printed − 1|: mean and 90th percentile. */
  readonly meanError: number
  readonly error90: number
  /** Share of machines whose printed power lies in the 95 % interval. */
  readonly coverage: number
  /** Median of the interval's ends over the figure. */
  readonly low: number
  readonly high: number
}

/**
 * Leaves one CPU model out, fits the rest, predicts the machines that were left out, for every CPU model in turn. Machines are taken
 * as whole (v = T, r = 1): how a machine is shared cannot be checked with the table.
 */
export function leaveOneModelOut(rows: readonly Published[]): ModelError[] {
  const models = [...new Set(rows.map(row => row.cpu))].sort()
  const trials = models.flatMap(model => {
    const coefficients = fitPowerModel(
      rows.filter(row => row.cpu !== model),
      '',
    )
    const left = rows.filter(row => row.cpu === model)
    return left.flatMap(row =>
      FITS.flatMap(knowing => {
        const machine = machineOf(coefficients, assumptions(knowing, row))
        return CHECKED.map(({ name, load }) => {
          const atLevel = LEVELS.map(() => 0)
          addAtLevel(atLevel, LEVELS, load, 1)
          const said = modelEnergy(machine, { seconds: 1, atLevel })
          return {
            knowing,
            load: name,
            weight: 1 / left.length,
            printed: (row.watts[LEVELS.indexOf(load)] as number) * row.threads,
            ...said,
          }
        })
      }),
    )
  })
  return FITS.flatMap(knowing =>
    CHECKED.map(({ name }) =>
      summarise(
        knowing,
        name,
        trials.filter(t => t.knowing === knowing && t.load === name),
      ),
    ),
  )
}

const FITS: readonly FitName[] = ['nothing', 'year', 'threads', 'threads+year']

/** Without its threads a machine is asked for as a share of v of them, at r = 1. */
const assumptions = (knowing: FitName, row: Published): AssumedMachine => ({
  cpus: row.threads,
  bareMetal: knowing.includes('threads'),
  overcommitment: 1,
  ...(knowing.includes('year') ? { year: row.year } : {}),
})

interface Trial {
  readonly weight: number
  readonly printed: number
  readonly joules: number
  readonly range: readonly [number, number]
}

function summarise(knowing: FitName, load: ModelError['load'], trials: readonly Trial[]): ModelError {
  const total = trials.reduce((sum, t) => sum + t.weight, 0)
  const mean = (value: (t: Trial) => number): number =>
    trials.reduce((sum, t) => sum + value(t) * t.weight, 0) / total
  return {
    knowing,
    load,
    cpuModels: Math.round(total),
    bias: quantile(trials, t => t.joules / t.printed - 1, 0.5),
    meanError: mean(t => Math.abs(t.joules / t.printed - 1)),
    error90: quantile(trials, t => Math.abs(t.joules / t.printed - 1), 0.9),
    coverage: mean(t => (t.range[0] <= t.printed && t.printed <= t.range[1] ? 1 : 0)),
    low: quantile(trials, t => t.range[0] / t.joules, 0.5),
    high: quantile(trials, t => t.range[1] / t.joules, 0.5),
  }
}

/** Weighted quantile: the least value with at least that share of the weight at or below it. */
function quantile(trials: readonly Trial[], of: (t: Trial) => number, p: number): number {
  const sorted = trials.map(t => ({ value: of(t), weight: t.weight })).sort((a, b) => a.value - b.value)
  const total = sorted.reduce((sum, t) => sum + t.weight, 0)
  let seen = 0
  for (const t of sorted) {
    seen += t.weight
    if (seen >= p * total - 1e-9) return t.value
  }
  return Number.NaN
}
