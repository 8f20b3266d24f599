import type { Batch } from '../../harness/model/batch.ts'
import type { CampaignArchive } from '../archive/archive.ts'
import { plannedOf } from './analyse-run.ts'
import { measureMeters } from './measure-meters.ts'
import type { DeriveParts } from './parts.ts'
import { readRecording } from './read-recording.ts'
import { readRun } from './read-run.ts'

/**
 * Everything that was recorded in a run, as batches in the order of recording: hosts and parts in the order of the run's record,
 * every series of slice k before slice k + 1. Bounded in memory by one slice. Nothing for a run without a record.
 */
export async function* runBatches(
  archive: CampaignArchive,
  runId: string,
  parts: DeriveParts,
): AsyncGenerator<readonly Batch[]> {
  const run = archive.run(runId)
  const files = await readRun(run)
  if (files === null) return
  for (const ref of files.record.recordings) {
    if (!(await run.exists(ref.path))) continue
    for await (const part of readRecording(run, files, ref, parts)) {
      if (part.item === 'slice' && part.batches.length > 0) yield part.batches
    }
  }
  const plan = await archive.plan()
  const target = plannedOf(runId, plan).planned.target
  for (const { series } of await measureMeters(run, plan, { target, stretches: [] }, parts))
    yield series.batches.filter(batch => batch.mono.length > 0)
}
