import { type Plan, type PlannedRun, runId } from '../model/plan.ts'
import type { RunRecord } from '../model/run.ts'
import type { Campaign } from './attempt.ts'
import type { Verdict } from './summary.ts'

/** What is on disk of one planned run. */
export interface History {
  readonly planned: PlannedRun
  /** Records of its attempts, in order; attempts that left none are not in it. */
  readonly records: readonly RunRecord[]
  /** Number of the next attempt: one that no folder and no ledger line has. */
  readonly next: number
  /** Verdict of the last complete attempt; null: there is none, or it can't be said. */
  readonly verdict: Verdict | null
}

/** What is on disk of a campaign, in the order of the plan. */
export async function readHistory({ parts, plan, ledger }: Campaign): Promise<readonly History[]> {
  const names = new Set<string>(ledger.made().map(line => line.run))
  const records = new Map<string, RunRecord>()
  for (const run of await parts.archive.runs()) {
    names.add(run.id)
    const record = await run.record()
    if (record !== null) records.set(run.id, record)
  }
  const histories: History[] = []
  for (const planned of plan.runs) {
    const numbers = attemptsOf(planned, names)
    const found = numbers
      .map(attempt => records.get(runId(planned, attempt)))
      .filter(one => one !== undefined)
    const last = found.findLast(record => record.outcome === 'complete')
    histories.push({
      planned,
      records: found,
      next: (numbers.at(-1) ?? 0) + 1,
      verdict: last === undefined ? null : await judgeQuietly({ parts }, last.id),
    })
  }
  return histories
}

function attemptsOf(planned: PlannedRun, names: ReadonlySet<string>): readonly number[] {
  const prefix = runId(planned, 0).slice(0, -1)
  return [...names]
    .filter(name => name.startsWith(prefix) && /^[1-9]\d*$/.test(name.slice(prefix.length)))
    .map(name => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b)
}

/** A judge that fails says nothing: the run stands, and is not repeated. */
export async function judgeQuietly({ parts }: Pick<Campaign, 'parts'>, run: string): Promise<Verdict | null> {
  try {
    return await parts.judge(run)
  } catch (error) {
    await parts.emit({
      type: 'progress',
      run,
      text: `no verdict: ${error instanceof Error ? error.message : String(error)}`,
    })
    return null
  }
}

/** Whether a planned run needs no (further) attempt: it was skipped, or is complete and either not invalid or out of retries. */
export function isDone({ records, verdict }: Pick<History, 'records' | 'verdict'>, plan: Plan): boolean {
  if (records.at(-1)?.outcome === 'skipped') return true
  const complete = records.filter(record => record.outcome === 'complete').length
  return complete > 0 && (verdict !== 'invalid' || complete > plan.protocol.retries)
}
