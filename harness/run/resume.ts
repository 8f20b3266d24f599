import { JoulemarkError } from '../model/error.ts'
import { Environment, type RunRecord } from '../model/run.ts'
import type { Target } from '../model/target.ts'
import { type Campaign, measuredHosts } from './attempt.ts'
import { runAll, sumUp, tellStart } from './campaign.ts'
import { claimCampaign } from './claim.ts'
import { type Change, environmentChanges, installedHosts } from './environment.ts'
import { handOverMissing } from './hand-over.ts'
import { type History, isDone, readHistory } from './history.ts'
import { openLedger } from './ledger.ts'
import type { RunParts } from './parts.ts'
import { probePaths, readEnvironment } from './prepare.ts'
import { removeLeftovers } from './reap.ts'
import { orStopHard } from './stop.ts'
import type { CampaignSummary } from './summary.ts'
import { toolChanges } from './tool-changes.ts'

export interface ResumeOptions {
  /** Go on although the tool's version or a target's environment is not what it was. */
  readonly allowChanged: boolean
}

/**
 * Goes on with a campaign after a stop or a crash: first removes what is left on its hosts, then measures what is not complete. Complete runs and
 * aborted attempts stay as they are. A sealed campaign is left alone (`nothingToDo`): the caller goes on to sync.
 * Throws `changed` (exit `changed`) when tool or environment are not what they were, apart from what the ledger names.
 */
export async function resumeCampaign(parts: RunParts, options: ResumeOptions): Promise<CampaignSummary> {
  return orStopHard(parts, async () => {
    const plan = await parts.archive.plan()
    await using _claim = await claimCampaign(parts.archive)
    const campaign: Campaign = { parts, plan, ledger: await openLedger(parts), reasons: new Map() }
    const histories = await readHistory(campaign)
    if (await parts.archive.sealed())
      return await sumUp(campaign, { ends: [], histories, sealed: true, nothingToDo: true })
    const open = histories.filter(history => !isDone(history, plan))
    if (!options.allowChanged && open.length > 0) refuseOtherTool(campaign)
    await tellStart(
      campaign,
      open.map(history => history.planned.number),
    )
    const reasons = await removeLeftovers({ ...parts, ledger: campaign.ledger }, parts.connect)
    for (const [seq, reason] of reasons) campaign.reasons.set(seq, reason)
    if (!options.allowChanged) await refuseOtherEnvironment(campaign, histories)
    const complete = histories
      .flatMap(history => history.records)
      .filter(record => record.outcome === 'complete')
    await handOverMissing(
      parts,
      complete.map(record => record.id),
    )
    // Awaited here: the claim is held until it is over.
    return await runAll(campaign)
  })
}

const changed = (what: string, changes: readonly string[]): JoulemarkError =>
  new JoulemarkError({
    code: 'changed',
    message: `${what} since the first runs: ${changes.join('; ')}`,
    exit: 'changed',
    hint: 'start a new campaign, or go on all the same with --allow-changed: runs before and after may then not be comparable',
  })

function refuseOtherTool({ parts, plan }: Campaign): void {
  const changes: string[] = []
  if (plan.tool !== parts.toolVersion) changes.push(`joulemark ${plan.tool}, now ${parts.toolVersion}`)
  for (const planned of plan.workloads) {
    const version = parts.workloads.get(planned.id)?.version ?? 'none'
    if (version !== planned.version) changes.push(`workload ${planned.id} ${planned.version}, now ${version}`)
  }
  if (changes.length > 0) throw changed('the tool changed', changes)
}

/** Every target that has complete runs and open ones is looked at once more. */
async function refuseOtherEnvironment(campaign: Campaign, histories: readonly History[]): Promise<void> {
  const { parts, plan, ledger } = campaign
  for (const { id, cluster } of plan.targets) {
    const of = histories.filter(history => history.planned.target === id)
    const record = lastComplete(of)
    if (record === undefined || of.every(history => isDone(history, plan))) continue
    // Which nodes a cluster gives is not known before pods stand there; in what runs then differ the report says.
    if (cluster !== undefined) continue
    const before = await environmentBefore(parts, record.id)
    if (before === null) continue
    await using target = await parts.connect(id)
    const after = await environmentNow(campaign, target)
    const changes = [...environmentChanges(before, after, installedHosts(ledger.made(), id))]
    for (const key of new Set(of.map(history => history.planned.workload))) {
      const last = lastComplete(of.filter(history => history.planned.workload === key))
      if (last !== undefined) changes.push(...(await toolChanges(campaign, target, last)))
    }
    if (changes.length > 0) throw changed(`target ${id} changed`, changes.map(changeText))
  }
}

const lastComplete = (histories: readonly History[]): RunRecord | undefined =>
  histories.flatMap(history => history.records).findLast(record => record.outcome === 'complete')

const changeText = ({ host, fact, before, after }: Change): string =>
  `${host}: ${fact} was ${before}, is ${after}`

const environmentNow = (campaign: Campaign, target: Target): Promise<Environment> =>
  readEnvironment(measuredHosts(target), { probePaths: probePaths(campaign), now: campaign.parts.now })

const MAX_ENVIRONMENT_BYTES = 16 << 20

async function environmentBefore({ archive }: RunParts, run: string): Promise<Environment | null> {
  const folder = archive.run(run)
  if (!(await folder.exists('environment-before.json'))) return null
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of folder.read('environment-before.json')) {
    size += chunk.byteLength
    if (size > MAX_ENVIRONMENT_BYTES) throw new Error(`environment-before.json of run ${run} is too large`)
    chunks.push(chunk)
  }
  return Environment.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
}
