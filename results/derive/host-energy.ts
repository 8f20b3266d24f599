import type { Evidence } from '../../harness/model/evidence.ts'
import type { Accuracy } from '../../harness/model/meter.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import { bestEvidence } from '../analyse/energy/choose.ts'
import { meterEnergy, modelledEnergy, type StretchEnergy } from '../analyse/energy/figure.ts'
import { meterEvidence } from '../analyse/energy/meter-evidence.ts'
import { energyAboveBaseline, type Total, totalEnergy } from '../analyse/energy/total.ts'
import { modelEvidence } from '../analyse/power-model/host-machine.ts'
import type { SeriesSum, StretchMeasure } from '../analyse/recording/stretch-meter.ts'
import { wellCovered } from '../rules/rules.ts'
import { edgeSeconds } from './clock-facts.ts'
import { coverages, isEnergy } from './coverage.ts'
import type { HostMeasure } from './measure-host.ts'
import type { MeterMeasure } from './measure-meters.ts'
import type { DeriveParts } from './parts.ts'
import { assumedOf, machineUnder, type RunContext } from './run-context.ts'

/** Energy of all sources of one host. */
export interface HostEnergy {
  readonly host: string
  /** One list per stretch, best source first. */
  readonly stretches: readonly (readonly StretchEnergy[])[]
  /** What the total is taken from; null: there is no source. */
  readonly evidence: Evidence | null
  readonly total: Total
  readonly aboveBaseline: Total
  /** Of the source of the total, in the baseline; null: there is none, or readings are missing in it. */
  readonly baseline: StretchEnergy | null
}

export function hostEnergy(context: RunContext, measure: HostMeasure, parts: DeriveParts): HostEnergy {
  const sources = sourcesOf(context, measure, parts)
  const stretches = context.stretches.map((phase, i) =>
    sources.map(source => source.of(phase, measure.stretches[i] ?? null)),
  )
  const evidence = bestEvidence(sources.map(source => source.evidence))
  const chosen = (name: PhaseRecord['name']): StretchEnergy[] =>
    context.stretches.flatMap((phase, i) =>
      phase.name === name ? (stretches[i] ?? []).filter(e => e.evidence === evidence) : [],
    )
  const source = evidence?.source ?? null
  const covered = wellCovered(coverages(context, measure, { phase: 'baseline', source }))
  const baseline = covered ? (chosen('baseline')[0] ?? null) : null
  return {
    host: measure.host,
    stretches,
    evidence,
    total: totalEnergy(chosen('window')),
    aboveBaseline: energyAboveBaseline(chosen('window'), baseline),
    baseline,
  }
}

interface Source {
  readonly evidence: Evidence
  of(phase: PhaseRecord, stretch: StretchMeasure | null): StretchEnergy
}

/** Meters that were recorded, and the power model where CPU time was. */
function sourcesOf(context: RunContext, measure: HostMeasure, parts: DeriveParts): Source[] {
  const { facts, host } = measure
  if (facts === null) return []
  const recorded = Map.groupBy(
    measure.stretches.flatMap(s => s?.sums ?? []).filter(isEnergy),
    sum => sum.series.source,
  )
  const sources = [...recorded.keys()].sort().flatMap((id): Source[] => {
    const instances = [...new Set(recorded.get(id)?.map(sum => sum.series.instance))].sort()
    const meter = measure.meters.find(one => one.meter.id === id)
    const evidence =
      meter === undefined
        ? parts.collectors.get(id)?.evidence?.(facts, instances)
        : meterEvidence(
            { ...meter, accuracy: accuracyOf(meter, instances), guest: facts.virtualization !== 'none' },
            meanWatts(context, measure, id),
          )
    if (evidence === undefined) return []
    const more =
      meter === undefined
        ? {}
        : {
            accuracy: accuracyOf(meter, instances),
            // Each instance is rounded by itself.
            resolution: (meter.nature.resolution ?? 0) * Math.sqrt(instances.length),
            late: meter.doubtSeconds,
          }
    return [
      {
        evidence,
        of: (phase, stretch) =>
          meterEnergy(
            { host, evidence, ...extent(phase, stretch, measure), ...more },
            whole(stretch?.sums ?? [], id, instances),
          ),
      },
    ]
  })
  const machine = machineUnder(context, host)
  const cpu = measure.stretches.some(
    s => s !== null && !('absent' in s.cpu && s.cpu.absent === 'NO_READINGS'),
  )
  if (machine === null || !cpu) return sources
  const evidence = modelEvidence(facts, assumedOf(context, host))
  return [
    ...sources,
    {
      evidence,
      of: (phase, stretch) =>
        modelledEnergy(
          { host, evidence, ...extent(phase, stretch, measure) },
          machine,
          stretch?.cpu ?? { absent: 'NO_READINGS' },
        ),
    },
  ]
}

/** Each instance has a range of its own, and the error of it. */
const accuracyOf = ({ meter }: MeterMeasure, instances: readonly string[]): Accuracy | null =>
  meter.accuracy === null
    ? null
    : { ...meter.accuracy, rangeWatts: meter.accuracy.rangeWatts * instances.length }

/** Over the windows that it has a figure of, W; Infinity: of none, and it is not the worse for that. */
function meanWatts(context: RunContext, measure: HostMeasure, id: string): number {
  let joules = 0
  let seconds = 0
  for (const [i, phase] of context.stretches.entries()) {
    if (phase.name !== 'window') continue
    const sums = (measure.stretches[i]?.sums ?? []).filter(sum => sum.series.source === id)
    const parts = sums.map(({ integral, use }) =>
      'absent' in integral ? Number.NaN : use === 'energy' ? integral.value / 1e6 : integral.value,
    )
    const all = parts.reduce((sum, part) => sum + part, 0)
    if (parts.length === 0 || Number.isNaN(all)) continue
    joules += all
    seconds += (phase.end - phase.start) / 1e6
  }
  return seconds === 0 ? Number.POSITIVE_INFINITY : joules / seconds
}

/** The sums of a source in a stretch; none when one of its series was recorded in other stretches only: a part is not the whole. */
function whole(sums: readonly SeriesSum[], id: string, instances: readonly string[]): SeriesSum[] {
  const own = sums.filter(sum => isEnergy(sum) && sum.series.source === id)
  return instances.every(instance => own.some(sum => sum.series.instance === instance)) ? own : []
}

/** Length of a stretch by the host's clock (by the controller's where it was not recorded), and how well its edges are known. */
const extent = (
  phase: PhaseRecord,
  stretch: StretchMeasure | null,
  measure: HostMeasure,
): { readonly seconds: number; readonly edge: number | null } => ({
  seconds: stretch?.seconds ?? (phase.end - phase.start) / 1e6,
  edge: edgeSeconds(measure, phase),
})
