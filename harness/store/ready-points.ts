import type { Evidence, UncertaintyParts } from '../model/evidence.ts'
import type { RunRecord } from '../model/run.ts'
import { micros } from '../model/units.ts'
import type { FieldValue, Point } from './line.ts'
import type { RunTags } from './run-points.ts'

/**
 * Measurement `phase`: fields `start` and `end` (µs since the epoch, the controller's clock) at the phase's start; tag instance is the
 * phase's name, windows numbered from 0: `window-0`. With them a query finds the readings of a phase, which are not tagged with it.
 */
export function phasePoints(tags: RunTags, record: RunRecord): readonly Point[] {
  return record.phases.flatMap(phase => {
    const instance = phase.name === 'window' ? `window-${phase.index}` : phase.name
    const fields: Readonly<Record<string, FieldValue>> = {
      start: { type: 'integer', value: BigInt(Math.round(phase.start)) },
      end: { type: 'integer', value: BigInt(Math.round(phase.end)) },
    }
    return fieldPoints(
      'phase',
      { ...commonTags(tags), source: 'phases', instance },
      Math.round(phase.start),
      fields,
    )
  })
}

/** What a source of energy on a host is worth in a run. */
export interface RunEvidence {
  readonly host: string
  readonly evidence: Evidence
  /** Standard uncertainties of the energy in the windows, J; parts that are not known are left out. */
  readonly parts?: UncertaintyParts
}

/** Measurement `evidence`: fields kind, class, scope (texts) and uncertainty_<part> (J) at the start of the run, one point per source. */
export function evidencePoints(
  tags: RunTags,
  record: RunRecord,
  evidence: readonly RunEvidence[],
): readonly Point[] {
  const start = record.phases[0]?.start
  if (start === undefined) return []
  return evidence.flatMap(({ host, evidence: { source, kind, class: accuracy, scope }, parts }) => {
    const known = Object.entries(parts ?? {}).filter(([, value]) => value !== null)
    const fields: Readonly<Record<string, FieldValue>> = {
      kind: { type: 'text', value: kind },
      class: { type: 'text', value: accuracy },
      scope: { type: 'text', value: scope },
      ...Object.fromEntries(
        known.map(([part, value]) => [`uncertainty_${part}`, { type: 'float', value: Number(value) }]),
      ),
    }
    const own = { host, role: tags.roles.get(host) ?? '', source, instance: 'total' }
    return fieldPoints('evidence', { ...commonTags(tags), ...own }, Math.round(start), fields)
  })
}

const commonTags = ({ campaign, run, target, workload }: RunTags): Record<string, string> => ({
  campaign,
  run,
  target,
  workload,
})

function fieldPoints(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  time: number,
  fields: Readonly<Record<string, FieldValue>>,
): readonly Point[] {
  return Object.entries(fields).map(([field, value]) => ({
    measurement,
    field,
    tags,
    value,
    time: micros(time),
  }))
}
