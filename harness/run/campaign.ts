import { type Plan, runId } from '../model/plan.ts'
import { estimatePlan } from '../plan/estimate.ts'
import type { Campaign } from './attempt.ts'
import { claimCampaign } from './claim.ts'
import { handOver } from './hand-over.ts'
import { type History, isDone, judgeQuietly, readHistory } from './history.ts'
import { openLedger } from './ledger.ts'
import type { RunParts } from './parts.ts'
import { performRun } from './run.ts'
import { orStopHard } from './stop.ts'
import type { CampaignSummary, Leftover, RunEnd } from './summary.ts'

/**
 * Runs a plan whose archive was just made (results/archive createCampaign) to its end and seals it. The caller closes the sink and the archive's
 * other users. Errors of single runs are in the summary; thrown are a foreign lock (exit `locked`), an archive that can't be written, and the
 * second Ctrl-C (exit `interrupted`).
 */
export async function runCampaign(parts: RunParts, plan: Plan): Promise<CampaignSummary> {
  return orStopHard(parts, async () => {
    await using _claim = await claimCampaign(parts.archive)
    const campaign: Campaign = { parts, plan, ledger: await openLedger(parts), reasons: new Map() }
    await tellStart(
      campaign,
      plan.runs.map(run => run.number),
    )
    await parts.emit({ type: 'plan-written' })
    // Awaited here: the claim is held until it is over.
    return await runAll(campaign)
  })
}

/** Says what is about to be done; `numbers` are the planned runs that are to do. */
export async function tellStart({ parts, plan }: Campaign, numbers: readonly number[]): Promise<void> {
  const { id, dir } = parts.archive
  await parts.emit({
    type: 'campaign',
    id,
    dir,
    runs: plan.runs.length,
    secondsLeft: secondsOf(parts, plan, numbers),
  })
}

function secondsOf(parts: RunParts, plan: Plan, numbers: readonly number[]): number {
  const { runSeconds } = estimatePlan(plan, parts)
  return numbers.reduce((sum, number) => sum + (runSeconds.get(number) ?? 0), 0)
}

/** Runs all that is not done yet, in the order of the plan, seals the campaign if it can be, and sums up. */
export async function runAll(campaign: Campaign): Promise<CampaignSummary> {
  const { parts, plan } = campaign
  const before = await readHistory(campaign)
  const todo = before.filter(history => !isDone(history, plan))
  const ends: RunEnd[] = []
  for (const [index, history] of todo.entries()) {
    const left = secondsOf(
      parts,
      plan,
      todo.slice(index).map(one => one.planned.number),
    )
    ends.push(...(await runUntilDone(campaign, history, left)))
    if (parts.signal.aborted) break
  }
  const after = ends.length === 0 ? before : await readHistory(campaign)
  const sealed = await sealIfWhole(campaign, after)
  return sumUp(campaign, { ends, histories: after, sealed, nothingToDo: todo.length === 0 })
}

/** Attempts at one planned run: one that is invalid, or lost its host or cluster, is repeated as long as the plan has retries. */
async function runUntilDone(
  campaign: Campaign,
  history: History,
  secondsLeft: number,
): Promise<readonly RunEnd[]> {
  const { parts, plan } = campaign
  const complete = history.records.filter(record => record.outcome === 'complete').length
  const ends: RunEnd[] = []
  for (let tries = complete; tries <= plan.protocol.retries && !parts.signal.aborted; tries += 1) {
    const attempt = history.next + ends.length
    const end = await runOnce(campaign, { history, attempt, secondsLeft })
    ends.push(end)
    const repeat = end.outcome === 'complete' ? end.verdict === 'invalid' : end.unreachable === true
    if (!repeat) break
  }
  return ends
}

async function runOnce(
  campaign: Campaign,
  o: { readonly history: History; readonly attempt: number; readonly secondsLeft: number },
): Promise<RunEnd> {
  const { parts, plan } = campaign
  const { planned } = o.history
  await parts.emit({
    type: 'run-start',
    run: runId(planned, o.attempt),
    ...planned,
    of: plan.runs.length,
    attempt: o.attempt,
    secondsLeft: o.secondsLeft,
  })
  const end = await performRun(campaign, { planned, attempt: o.attempt })
  if (end.outcome === 'complete') await handOver(parts, end.run)
  const verdict = end.outcome === 'complete' ? await judgeQuietly(campaign, end.run) : null
  const error = end.error === null ? {} : { error: end.error }
  await parts.emit({ type: 'run-end', run: end.run, outcome: end.outcome, verdict, ...error })
  return { ...end, verdict }
}

/** A campaign is sealed when every planned run is done and nothing of ours is left on a host. */
async function sealIfWhole(
  { parts, plan, ledger }: Campaign,
  histories: readonly History[],
): Promise<boolean> {
  if (await parts.archive.sealed()) return true
  if (!histories.every(history => isDone(history, plan)) || ledger.open().length > 0) return false
  await parts.archive.seal()
  await parts.emit({ type: 'sealed' })
  return true
}

export interface SumUp {
  readonly ends: readonly RunEnd[]
  readonly histories: readonly History[]
  readonly sealed: boolean
  readonly nothingToDo: boolean
}

/** Counts what is on disk, and tells the end. */
export async function sumUp({ parts, plan, ledger, reasons }: Campaign, o: SumUp): Promise<CampaignSummary> {
  const outcomes = o.histories.map(history => {
    if (history.records.at(-1)?.outcome === 'skipped') return 'skipped'
    return history.records.some(record => record.outcome === 'complete') ? 'complete' : 'open'
  })
  const count = (outcome: string): number => outcomes.filter(one => one === outcome).length
  const judged = (verdict: string): number => o.histories.filter(one => one.verdict === verdict).length
  const left: Leftover[] = ledger.open().map(({ seq, run, target, host, what }) => ({
    run,
    target,
    host,
    what,
    reason: reasons.get(seq) ?? 'not yet removed',
  }))
  const made = ledger.made().length
  const summary: CampaignSummary = {
    id: parts.archive.id,
    dir: parts.archive.dir,
    planned: plan.runs.length,
    runs: o.ends,
    complete: count('complete'),
    skipped: count('skipped'),
    open: count('open'),
    valid: judged('valid'),
    unranked: judged('unranked'),
    invalid: judged('invalid'),
    made,
    gone: made - left.length,
    left,
    interrupted: parts.signal.aborted,
    nothingToDo: o.nothingToDo,
    sealed: o.sealed,
    points: parts.sink?.counts() ?? null,
  }
  const { valid, unranked, invalid, skipped, gone } = summary
  await parts.emit({ type: 'campaign-end', valid, unranked, invalid, skipped, made, gone })
  return summary
}
