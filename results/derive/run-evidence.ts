import type { Evidence, UncertaintyParts } from '../../harness/model/evidence.ts'
import type { RunResult } from '../../harness/model/result.ts'
import { sumParts } from '../analyse/statistics/uncertainty.ts'

/** What a source of energy on a host is worth in a run; parts are standard uncertainties of the energy in all windows, J. */
export interface SourceEvidence {
  readonly host: string
  readonly evidence: Evidence
  readonly parts: UncertaintyParts
}

/** Every source of a run that has windows, once: for the measurement `evidence` of the database. */
export function runEvidence(run: RunResult): SourceEvidence[] {
  const figures = run.stretches.filter(s => s.phase.name === 'window').flatMap(s => s.energy)
  const bySource = Map.groupBy(figures, f => JSON.stringify([f.host, f.evidence.source]))
  return [...bySource.values()].map(of => {
    const { host, evidence } = of[0] as (typeof of)[number]
    return { host, evidence, parts: sumParts(of.map(f => f.parts)) }
  })
}
