import type { Result, RunResult } from '../../harness/model/result.ts'
import type { CampaignArchive } from '../archive/archive.ts'
import type { DeriveParts } from './parts.ts'

export type { DeriveParts } from './parts.ts'
export { runBatches } from './run-batches.ts'

/** The whole campaign as figures and verdicts. The same archive and the same version give the same value. */
export async function deriveCampaign(_archive: CampaignArchive, _parts: DeriveParts): Promise<Result> {
  throw new Error('not written yet')
}

/** One run as figures and verdicts. */
export async function deriveRun(
  _archive: CampaignArchive,
  _runId: string,
  _parts: DeriveParts,
): Promise<RunResult> {
  throw new Error('not written yet')
}

/** The measurement verdict of a run; null: it was skipped, so that there is none. */
export async function judgeRun(
  archive: CampaignArchive,
  runId: string,
  parts: DeriveParts,
): Promise<RunResult['verdicts']['measurement'] | null> {
  const run = await deriveRun(archive, runId, parts)
  return run.outcome === 'skipped' ? null : run.verdicts.measurement
}

/** Writes derived/<tool version>/result.json, whole or not at all; returns its path. */
export async function writeDerived(_archive: CampaignArchive, _result: Result): Promise<string> {
  throw new Error('not written yet')
}
