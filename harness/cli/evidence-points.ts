import type { CampaignArchive } from '../../results/archive/archive.ts'
import { deriveRun } from '../../results/derive/derive.ts'
import type { EnergyFigure } from '../model/result.ts'
import { evidencePoints } from '../store/ready-points.ts'
import type { SinkOptions } from '../store/sink.ts'
import { deriveParts } from './derive-results.ts'

/** Points that say of every source of energy in a run what its figures are worth. */
export function evidenceOf(archive: CampaignArchive): NonNullable<SinkOptions['extraPointsOf']> {
  return async (runId, tags, record) => {
    const run = await deriveRun(archive, runId, deriveParts())
    const windows = run.stretches.filter(stretch => stretch.phase.name === 'window')
    const figures = new Map<string, EnergyFigure>()
    for (const figure of windows.flatMap(window => window.energy))
      figures.set(JSON.stringify([figure.host, figure.evidence.source]), figure)
    // uncertainties of several windows can't be added up without their covariance
    const parts = (figure: EnergyFigure) => (windows.length === 1 ? { parts: figure.parts } : {})
    return evidencePoints(
      tags,
      record,
      [...figures.values()].map(figure => ({
        host: figure.host,
        evidence: figure.evidence,
        ...parts(figure),
      })),
    )
  }
}
