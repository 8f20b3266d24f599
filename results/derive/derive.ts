import { type GroupResult, Result, type RunResult } from '../../harness/model/result.ts'
import type { CampaignArchive } from '../archive/archive.ts'
import { analyseRun } from './analyse-run.ts'
import { campaignHeading, cleanupOf, machinesOf, type RunHeading } from './campaign-result.ts'
import { groupResult } from './group-result.ts'
import type { DeriveParts } from './parts.ts'
import { readRun } from './read-run.ts'
import type { RunAnalysis } from './run-result.ts'

export type { DeriveParts } from './parts.ts'
export { resultText } from './result-text.ts'
export { runBatches } from './run-batches.ts'
export { runEvidence } from './run-evidence.ts'
export { writeDerived } from './write-derived.ts'

/**
 * The whole campaign as figures and verdicts. The same archive and the same version give the same value, whoever asks and wherever.
 * @throws JoulemarkError when the archive is not what was recorded
 */
export async function deriveCampaign(archive: CampaignArchive, parts: DeriveParts): Promise<Result> {
  const plan = await archive.plan()
  const runs: RunAnalysis[] = []
  const headings: RunHeading[] = []
  for (const run of await archive.runs()) {
    const analysis = await analyseRun(run, plan, parts)
    const files = await readRun(run)
    runs.push(analysis)
    headings.push({
      target: analysis.result.target,
      record: files?.record ?? null,
      hosts: files?.before?.hosts ?? files?.after?.hosts ?? {},
      cleanup: files?.cleanup ?? null,
    })
  }
  return Result.parse({
    schema: 'joulemark/result/1',
    tool: parts.toolVersion,
    campaign: campaignHeading(plan, { id: archive.id, sealed: await archive.sealed(), runs: headings }),
    machines: machinesOf(plan, headings),
    groups: groupsOf(plan, runs, parts),
    runs: runs.map(run => run.result),
    cleanup: cleanupOf(headings),
  } satisfies Result)
}

/** One run as figures and verdicts. @throws JoulemarkError when the archive is not what was recorded */
export async function deriveRun(
  archive: CampaignArchive,
  runId: string,
  parts: DeriveParts,
): Promise<RunResult> {
  return (await analyseRun(archive.run(runId), await archive.plan(), parts)).result
}

/**
 * The measurement verdict of a run; null: it was skipped, so that there is none. A meter whose file is attached after the campaign is left out: that
 * it is not there yet is no reason to repeat a run.
 */
export async function judgeRun(
  archive: CampaignArchive,
  runId: string,
  parts: DeriveParts,
): Promise<RunResult['verdicts']['measurement'] | null> {
  const plan = await archive.plan()
  const asked = (plan.meters ?? []).filter(meter => parts.meters.get(meter.kind)?.link !== 'file')
  const { result: run } = await analyseRun(archive.run(runId), { ...plan, meters: asked }, parts)
  return run.outcome === 'skipped' ? null : run.verdicts.measurement
}

/** In the order of the plan: targets, in each its workloads; those that never ran are left out. */
const groupsOf = (
  plan: Awaited<ReturnType<CampaignArchive['plan']>>,
  runs: readonly RunAnalysis[],
  parts: DeriveParts,
): GroupResult[] =>
  plan.targets.flatMap(target =>
    plan.workloads.flatMap(workload => {
      const of = runs.filter(r => r.result.target === target.id && r.result.workload === workload.key)
      return of.length === 0 ? [] : [groupResult({ plan, target: target.id, workload, runs: of }, parts)]
    }),
  )
