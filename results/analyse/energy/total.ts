import type { UncertaintyParts } from '../../../harness/model/evidence.ts'
import { type CurveUse, type Modelled, modelAboveBaseline, modelEnergy } from '../power-model/predict.ts'
import { differenceParts, modelParts, sumParts, UNKNOWN_PARTS } from '../statistics/uncertainty.ts'
import type { StretchEnergy } from './figure.ts'

export interface Total {
  readonly joules: number | null
  readonly range: [number, number] | null
  readonly parts: UncertaintyParts
}

export const NO_TOTAL: Total = { joules: null, range: null, parts: UNKNOWN_PARTS }

/** Energy of one source on one host over all windows of a run. Absent as soon as one window is. */
export function totalEnergy(windows: readonly StretchEnergy[]): Total {
  const joules = sum(windows)
  if (joules === null) return NO_TOTAL
  const clock = sumParts(windows.map(w => w.figure.parts)).clock
  const models = windows.map(w => w.model).filter(m => m !== null)
  const machine = models[0]?.machine
  if (machine === undefined) return { joules, range: null, parts: sumParts(windows.map(w => w.figure.parts)) }
  return modelled(modelEnergy(machine, addUse(models.map(m => m.use))), clock)
}

/**
 * What of it is above the power of the baseline: E − P_baseline · t, of the same source on the same host. May be negative. Errors that
 * the two have in common cancel (differenceParts; for a model, modelAboveBaseline).
 */
export function energyAboveBaseline(
  windows: readonly StretchEnergy[],
  baseline: StretchEnergy | null,
): Total {
  const joules = sum(windows)
  if (joules === null || baseline === null || baseline.figure.joules === null) return NO_TOTAL
  const seconds = windows.reduce((all, w) => all + w.seconds, 0)
  const scale = seconds / baseline.seconds
  const parts = differenceParts(sumParts(windows.map(w => w.figure.parts)), baseline.figure.parts, scale)
  const models = windows.map(w => w.model).filter(m => m !== null)
  const machine = models[0]?.machine
  if (machine === undefined || baseline.model === null) {
    return { joules: joules - baseline.figure.joules * scale, range: null, parts }
  }
  return modelled(
    modelAboveBaseline(machine, addUse(models.map(m => m.use)), baseline.model.use),
    parts.clock,
  )
}

/** Totals of several machines inside one boundary: of different machines, errors of instruments are taken as one and the same. */
export function addTotals(totals: readonly Total[]): Total {
  const joules = totals.map(t => t.joules)
  if (totals.length === 0 || joules.includes(null)) return NO_TOTAL
  const ranges = totals.map(t => t.range).filter(r => r !== null)
  return {
    joules: (joules as number[]).reduce((a, b) => a + b, 0),
    range:
      ranges.length === totals.length
        ? [ranges.reduce((a, r) => a + r[0], 0), ranges.reduce((a, r) => a + r[1], 0)]
        : null,
    parts: totals.length === 1 ? (totals[0] as Total).parts : sumParts(totals.map(t => t.parts)),
  }
}

const sum = (windows: readonly StretchEnergy[]): number | null =>
  windows.length === 0
    ? null
    : windows.reduce<number | null>(
        (all, w) => (all === null || w.figure.joules === null ? null : all + w.figure.joules),
        0,
      )

const addUse = (uses: readonly CurveUse[]): CurveUse => ({
  seconds: uses.reduce((all, use) => all + use.seconds, 0),
  atLevel: (uses[0]?.atLevel ?? []).map((_, i) =>
    uses.reduce((all, use) => all + (use.atLevel[i] as number), 0),
  ),
})

const modelled = (said: Modelled, clock: number | null): Total => ({
  joules: said.joules,
  range: [said.range[0], said.range[1]],
  parts: { ...modelParts({ ...said, seconds: 1, edge: 0 }), clock },
})
