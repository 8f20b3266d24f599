import type { CampaignArchive } from '../../results/archive/archive.ts'
import type { Batch } from '../model/batch.ts'
import type { RunRecord } from '../model/run.ts'
import type { Point } from './line.ts'
import { phasePoints } from './ready-points.ts'
import { publicReason } from './refusal.ts'
import { type RunLines, type RunTags, runPrinter, runTags } from './run-points.ts'
import type { Spool } from './spool.ts'

/** Where the points of a run come from. */
export interface PointSources {
  readonly archive: CampaignArchive
  /** Everything that was recorded in a run, in slices (results/derive runBatches). */
  readonly batchesOf: (runId: string) => AsyncIterable<readonly Batch[]>
  /** Ready points beside the readings and the phases, e.g. evidencePoints. */
  readonly extraPointsOf?: (runId: string, tags: RunTags, record: RunRecord) => Promise<readonly Point[]>
}

export interface HandOver extends PointSources {
  readonly spool: Spool
  /** Awaited before every slice: holds while nothing may be parsed, rejects when it is to stop. */
  readonly mayGoOn: () => Promise<void>
}

/** A complete run that could not be handed over; its points are neither stored nor waiting. */
export interface NotHandedOver {
  readonly run: string
  readonly reason: string
}

/**
 * Hands a complete run over once. Nothing to do for one that was, and for one that was skipped or aborted.
 * @returns the reason when it can't be
 */
export async function handOverRun(o: HandOver, runId: string): Promise<NotHandedOver | null> {
  if (o.spool.has(runId)) return null
  try {
    const record = await o.archive.run(runId).record()
    if (record?.outcome === 'complete') await o.spool.handOver(runId, runLines(o, record))
    return null
  } catch (error) {
    return { run: runId, reason: publicReason(error instanceof Error ? error.message : String(error)) }
  }
}

async function* runLines(o: HandOver, record: RunRecord): AsyncIterable<RunLines> {
  const tags = runTags(o.archive.id, await o.archive.plan(), record)
  const printer = runPrinter(tags)
  for (const point of phasePoints(tags, record)) yield printer.point(point)
  for (const point of (await o.extraPointsOf?.(record.id, tags, record)) ?? []) yield printer.point(point)
  await o.mayGoOn()
  for await (const slice of o.batchesOf(record.id)) {
    for (const batch of slice) yield printer.batch(batch)
    await o.mayGoOn()
  }
}

/** Ids of runs that are complete and were not handed over. */
export async function missingRuns({
  archive,
  spool,
}: Pick<HandOver, 'archive' | 'spool'>): Promise<readonly string[]> {
  const missing: string[] = []
  for (const run of await archive.runs()) {
    if (spool.has(run.id)) continue
    const record = await run.record().catch(() => null)
    if (record?.outcome === 'complete') missing.push(run.id)
  }
  return missing
}
