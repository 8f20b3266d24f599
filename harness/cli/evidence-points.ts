import type { CampaignArchive } from '../../results/archive/archive.ts'
import { deriveRun, runEvidence } from '../../results/derive/derive.ts'
import { evidencePoints } from '../store/ready-points.ts'
import type { SinkOptions } from '../store/sink.ts'
import { deriveParts } from './derive-results.ts'

/** Points that say of every source of energy in a run what its figures are worth. */
export function evidenceOf(archive: CampaignArchive): NonNullable<SinkOptions['extraPointsOf']> {
  return async (runId, tags, record) =>
    evidencePoints(tags, record, runEvidence(await deriveRun(archive, runId, deriveParts())))
}
