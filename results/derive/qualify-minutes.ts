import { QUALIFICATION, type QualifiedMinute, type UnusedMinutes } from '../../harness/model/certificate.ts'
import type { SourceKind } from '../../harness/model/evidence.ts'
import type { MeterNature, PlannedMeter } from '../../harness/model/meter.ts'
import type { Plan } from '../../harness/model/plan.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { meterEnergy } from '../analyse/energy/figure.ts'
import { meterEvidence } from '../analyse/energy/meter-evidence.ts'
import type { RunArchive } from '../archive/archive.ts'
import { type MeterMeasure, measureMeters } from './measure-meters.ts'
import type { DeriveParts } from './parts.ts'
import type { RunContext } from './run-context.ts'

/** A meter as it was read in a run: what its figures are, and how many instances were summed. */
export interface MeterAsRead {
  readonly source: SourceKind
  readonly scope: string
  readonly reads: MeterNature['reads']
  readonly take: MeterNature['take']
  readonly instances: number
}

/** Minutes of one run, as both meters saw them. */
export interface RunMinutes {
  readonly sensor: MeterAsRead
  readonly against: MeterAsRead
  /** In the order of time. */
  readonly minutes: readonly (
    | { readonly pair: QualifiedMinute; readonly start: number; readonly end: number }
    | { readonly unused: Omit<UnusedMinutes, 'minutes'> }
  )[]
}

/** A window ends some ms before or after its time: its last minute may lack so much, as a share. */
const SHORT = 0.01

/** Whole minutes of windows, one after the other from the begin of each. */
export function minutesOf(stretches: readonly PhaseRecord[]): {
  readonly phase: PhaseRecord
  readonly minute: number
}[] {
  const length = QUALIFICATION.seconds * 1e6
  return stretches
    .filter(({ name }) => name === 'window')
    .flatMap(window => {
      const count = Math.floor((window.end - window.start) / length + SHORT)
      return Array.from({ length: count }, (_, minute) => {
        const start = window.start + minute * length
        return { minute, phase: { ...window, start, end: Math.min(start + length, window.end) } }
      })
    })
}

/** The minutes of a run in which both meters are read, by the same integrals as every other stretch. */
export async function runMinutes(
  run: RunArchive,
  o: {
    readonly plan: Plan
    readonly context: RunContext
    readonly facts: HostFacts
    readonly host: string
    readonly sensor: PlannedMeter
    readonly against: PlannedMeter
  },
  parts: DeriveParts,
): Promise<RunMinutes> {
  const { context, host, facts } = o
  const minutes = minutesOf(context.stretches)
  const stretches = minutes.map(({ phase }) => phase)
  const plan = { ...o.plan, meters: [o.sensor, o.against] }
  const measures = await measureMeters(run, plan, { target: context.target.id, stretches }, parts)
  const measureOf = ({ id }: PlannedMeter): MeterMeasure => {
    const found = measures.find(one => one.meter.id === id && one.host === host)
    if (found === undefined) throw new Error(`meter ${id} does not feed ${host}`)
    return found
  }
  const [sensor, against] = [measureOf(o.sensor), measureOf(o.against)]
  return {
    sensor: asRead(sensor, facts),
    against: asRead(against, facts),
    minutes: minutes.map(({ phase, minute }, i) => {
      const one = meanPower(sensor, { facts, phase, i })
      const other = meanPower(against, { facts, phase, i })
      if (one.watts === null) return { unused: { meter: o.sensor.id, reason: one.reason } }
      if (other.watts === null) return { unused: { meter: o.against.id, reason: other.reason } }
      const { number, attempt } = context.record
      return {
        start: phase.start,
        end: phase.end,
        pair: {
          run: number,
          attempt,
          window: phase.index,
          minute,
          sensor: one.watts,
          against: other.watts,
          ratio: one.watts / other.watts,
        },
      }
    }),
  }
}

/** Over one minute, W; its length is the controller's, as the readings' times are. */
function meanPower(
  measure: MeterMeasure,
  o: { readonly facts: HostFacts; readonly phase: PhaseRecord; readonly i: number },
): { readonly watts: number } | { readonly watts: null; readonly reason: string } {
  const seconds = (o.phase.end - o.phase.start) / 1e6
  const evidence = evidenceOf(measure, o.facts)
  const { figure } = meterEnergy(
    { host: measure.host, evidence, seconds, edge: null },
    measure.sums[o.i] ?? [],
  )
  const { joules } = figure
  if (joules !== null && joules > 0) return { watts: joules / seconds }
  return { watts: null, reason: figure.reason ?? 'NOT_POSITIVE' }
}

const evidenceOf = ({ meter, nature }: MeterMeasure, facts: HostFacts): ReturnType<typeof meterEvidence> =>
  meterEvidence(
    {
      meter,
      nature,
      accuracy: meter.accuracy,
      guest: facts.virtualization !== 'none',
      cpu: facts.cpu.model,
    },
    Number.POSITIVE_INFINITY,
  )

function asRead(measure: MeterMeasure, facts: HostFacts): MeterAsRead {
  const { kind: source, scope } = evidenceOf(measure, facts)
  const { reads, take } = measure.nature
  return { source, scope, reads, take, instances: measure.series.batches.length }
}
