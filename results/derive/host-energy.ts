import type { Evidence } from '../../harness/model/evidence.ts'
import type { Finding } from '../../harness/model/finding.ts'
import { accuracyOfAll } from '../../harness/model/meter.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { bestEvidence } from '../analyse/energy/choose.ts'
import { meterEnergy, modelledEnergy, type StretchEnergy } from '../analyse/energy/figure.ts'
import { certificateFlaw, meterEvidence } from '../analyse/energy/meter-evidence.ts'
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
  readonly findings: readonly Finding[]
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
    findings: sources.flatMap(one => one.finding ?? []),
  }
}

interface Source {
  readonly evidence: Evidence
  /** Why it is worth less than was said of it. */
  readonly finding?: Finding | null
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
    if (meter !== undefined) return [meterSource({ context, measure, facts, meter, instances })]
    const evidence = parts.collectors.get(id)?.evidence?.(facts, instances)
    if (evidence === undefined) return []
    return [
      {
        evidence,
        of: (phase, stretch) =>
          meterEnergy(
            { host, evidence, ...extent(phase, stretch, measure) },
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

/** A meter that is asked over a network. What a certificate says of it goes by its class; then there is no data sheet. */
function meterSource(o: {
  readonly context: RunContext
  readonly measure: HostMeasure
  readonly facts: HostFacts
  readonly meter: MeterMeasure
  readonly instances: readonly string[]
}): Source {
  const { context, measure, facts, instances } = o
  const { host } = measure
  const { meter, nature, doubtSeconds: late } = o.meter
  const own = meter.certificate === undefined ? meter.accuracy : null
  const accuracy = own === null ? null : accuracyOfAll(own, instances.length)
  // Each instance is rounded by itself.
  const resolution = (nature.resolution ?? 0) * Math.sqrt(instances.length)
  const guest = facts.virtualization !== 'none'
  const used = { meter, nature, accuracy, guest, cpu: facts.cpu.model }
  const watts = meanWatts(context, measure, meter.id)
  const evidence = meterEvidence(used, watts)
  const reason = certificateFlaw(used, watts)
  const certificate = meter.certificate?.campaign ?? null
  return {
    evidence,
    finding:
      reason === null
        ? null
        : {
            code: 'METER_UNQUALIFIED',
            collector: meter.id,
            host,
            values: { meter: meter.id, host, certificate, reason },
          },
    of: (phase, stretch) =>
      meterEnergy(
        { host, evidence, ...extent(phase, stretch, measure), accuracy, resolution, late },
        whole(stretch?.sums ?? [], meter.id, instances),
      ),
  }
}

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
