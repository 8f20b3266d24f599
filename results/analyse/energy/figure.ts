import type { Evidence } from '../../../harness/model/evidence.ts'
import type { Accuracy } from '../../../harness/model/meter.ts'
import type { EnergyFigure } from '../../../harness/model/result.ts'
import type { CpuUse } from '../integrate/cpu-integral.ts'
import type { AbsentReason } from '../integrate/integral.ts'
import { type CurveUse, type Machine, modelEnergy } from '../power-model/predict.ts'
import type { SeriesSum } from '../recording/stretch-meter.ts'
import { accuracyLimits, meterParts, modelParts, UNKNOWN_PARTS } from '../statistics/uncertainty.ts'

/** Energy of one source on one host over one stretch, with what is needed to reckon on with it. */
export interface StretchEnergy {
  readonly host: string
  readonly evidence: Evidence
  readonly seconds: number
  readonly figure: EnergyFigure
  /** A model's figures are reckoned from the machine and its load, never from one another. */
  readonly model: { readonly machine: Machine; readonly use: CurveUse } | null
}

interface Stretch {
  readonly host: string
  readonly evidence: Evidence
  readonly seconds: number
  /** Limit of the error of each edge, s; null: clocks were not probed. */
  readonly edge: number | null
  /** Of a meter's data sheet; absent: the limit of its class counts. */
  readonly accuracy?: Accuracy | null
  /** W, in whole multiples of which it says power. */
  readonly resolution?: number
  /** By how much its readings may hold earlier or later, s. */
  readonly late?: number
}

/** Sum of all series of one meter. All of them must have a figure: a part is not the whole. */
export function meterEnergy(o: Stretch, series: readonly SeriesSum[]): StretchEnergy {
  let joules = 0
  let together = 0
  let apart = 0
  let absent: AbsentReason | null = series.length === 0 ? 'NO_READINGS' : null
  for (const { integral, use, doubt } of series) {
    // Samples of all instances are taken at one time, and steps of their load are the same; counters step each by itself.
    if (use === 'power') together += doubt ?? 0
    else apart = Math.hypot(apart, doubt ?? 0)
    if ('absent' in integral) absent ??= integral.absent
    else joules += use === 'energy' ? integral.value / 1e6 : integral.value
  }
  if (absent !== null) return absentEnergy(o, absent)
  const { host, evidence, seconds } = o
  const between = Math.hypot(together, apart)
  const edge = o.edge === null ? null : o.edge + (o.late ?? 0)
  const parts = meterParts(evidence, {
    joules,
    seconds,
    edge,
    between,
    accuracy: o.accuracy ?? null,
    // A counter's steps are at its edges (docs/meters.md).
    resolution: series.some(({ use }) => use === 'power') ? (o.resolution ?? 0) : 0,
  })
  return {
    host,
    evidence,
    seconds,
    model: null,
    figure: {
      host: o.host,
      evidence: o.evidence,
      joules,
      range: null,
      reason: null,
      parts,
      ...limitsOf(o.accuracy ?? null, { joules, seconds, u: parts.instrument }),
    },
  }
}

function limitsOf(
  accuracy: Accuracy | null,
  o: { readonly joules: number; readonly seconds: number; readonly u: number | null },
): Pick<EnergyFigure, 'limits'> {
  if (accuracy === null || o.u === null) return {}
  const { reading, range } = accuracyLimits(accuracy, o)
  return { limits: { linear: reading + range, expanded: 2 * o.u } }
}

/** The power model's figure from the CPU of the host. */
export function modelledEnergy(
  o: Stretch,
  machine: Machine,
  cpu: CpuUse | { readonly absent: AbsentReason },
): StretchEnergy {
  if ('absent' in cpu) return absentEnergy(o, cpu.absent)
  const said = modelEnergy(machine, cpu.curve)
  return {
    ...o,
    model: { machine, use: cpu.curve },
    figure: {
      host: o.host,
      evidence: o.evidence,
      joules: said.joules,
      range: [...said.range],
      reason: null,
      parts: modelParts({ ...said, seconds: o.seconds, edge: o.edge }),
    },
  }
}

const absentEnergy = (o: Stretch, reason: AbsentReason): StretchEnergy => ({
  host: o.host,
  evidence: o.evidence,
  seconds: o.seconds,
  model: null,
  figure: { host: o.host, evidence: o.evidence, joules: null, range: null, reason, parts: UNKNOWN_PARTS },
})
