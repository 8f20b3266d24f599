import { join } from 'node:path'
import type { CampaignArchive } from '../../results/archive/archive.ts'
import { deriveCampaign, writeDerived } from '../../results/derive/derive.ts'
import { EXIT } from '../model/error.ts'
import type { CampaignEvent } from '../model/event.ts'
import type { Result } from '../model/result.ts'
import type { CampaignConnections } from '../plan/stored-connections.ts'
import type { RunParts } from '../run/parts.ts'
import type { CampaignSummary } from '../run/summary.ts'
import { secretPrompt } from './ask-secret.ts'
import { campaignLog } from './campaign-log.ts'
import { campaignSecrets, composeRun } from './compose.ts'
import { derivedFolder, deriveParts, writeReport } from './derive-results.ts'
import { describe } from './error-text.ts'
import { type ProgressDisplay, showProgress } from './progress/show-progress.ts'
import { stopSignals } from './stop-signals.ts'
import { shortPath, summaryExit, summaryText } from './summary-text.ts'
import type { Terminal } from './terminal.ts'

/** How long points may take to leave after the last run; what still waits then is for `sync`. */
const SINK_GRACE_SECONDS = 10

export interface ConductOptions {
  readonly archive: CampaignArchive
  readonly connections: CampaignConnections
  readonly terminal: Terminal
  /** Events on `out`, one JSON a line, instead of anything else. */
  readonly json: boolean
  /** runCampaign or resumeCampaign. */
  readonly act: (parts: RunParts) => Promise<CampaignSummary>
}

/** Runs or resumes a campaign before somebody's eyes, then derives and reports it. Returns the exit code. */
export async function conduct(o: ConductOptions): Promise<number> {
  const { archive, terminal, json } = o
  const ended = await perform(o).catch((error: unknown) => describe(error))
  if ('exitCode' in ended) {
    const dir = shortPath(archive.dir)
    terminal.err(`${ended.text}  the campaign is in ${dir}; go on with: joulemark run --resume ${dir}\n`)
    return ended.exitCode
  }
  const { summary, waitingBecause } = ended
  const made = summary.complete + summary.skipped === 0 ? null : await tryReport(archive, terminal)
  if (!json)
    terminal.out(
      summaryText({ summary, waitingBecause, result: made?.result ?? null, report: made?.page ?? null }),
    )
  return made?.failed === undefined ? EXIT[summaryExit(summary, made?.result ?? null)] : made.failed
}

interface Ended {
  readonly summary: CampaignSummary
  readonly waitingBecause: string | null
}

async function perform({ archive, connections, terminal, json, act }: ConductOptions): Promise<Ended> {
  const log = campaignLog(archive.dir)
  const plan = await archive.plan()
  using display = showProgress({ terminal, plan, json, now: Date.now })
  using signals = stopSignals(() => {
    log.warn('first signal: stopping')
    display.stopping()
  })
  const { parts, sink } = await composeRun({
    archive,
    plan,
    connections,
    readSecret: campaignSecrets(connections),
    ...(terminal.asks && !json ? { prompt: secretPrompt(() => display.hold()) } : {}),
    emit: event => tell(event, display, log),
    signal: signals.soft,
    hardSignal: signals.hard,
  })
  try {
    const summary = await act(parts)
    await sink?.close(signals.soft.aborted ? 0 : SINK_GRACE_SECONDS)
    const points = sink?.counts() ?? null
    return { summary: { ...summary, points }, waitingBecause: sink?.waitingBecause() ?? null }
  } catch (error) {
    log.error({ err: error }, 'ended by an error')
    await sink?.close(0)
    throw error
  }
}

function tell(event: CampaignEvent, display: ProgressDisplay, log: { info(fields: object): void }): void {
  try {
    log.info({ event })
  } catch {
    // see campaignLog: a full disk stops neither measuring nor tear-down here
  }
  display.show(event)
}

interface MadeReport {
  readonly result: Result | null
  readonly page: string | null
  /** Exit code where the figures could not be made. */
  readonly failed?: number
}

/** A report that can't be made does not take the campaign with it: it is said, and can be made again. */
async function tryReport(archive: CampaignArchive, terminal: Terminal): Promise<MadeReport> {
  try {
    const result = await deriveCampaign(archive, deriveParts())
    await writeDerived(archive, result)
    const [page] = await writeReport(join(derivedFolder(archive.dir), 'report'), result, ['html'])
    return { result, page: page ?? null }
  } catch (error) {
    const { text, exitCode } = describe(error)
    terminal.err(`the campaign is saved, its report could not be made:\n${text}`)
    return { result: null, page: null, failed: exitCode }
  }
}
