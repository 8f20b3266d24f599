import type { LedgerMake } from '../model/run.ts'
import type { Target } from '../model/target.ts'
import { claimCampaign } from './claim.ts'
import { openLedger } from './ledger.ts'
import type { RunParts } from './parts.ts'
import { orStopHard } from './stop.ts'
import { type Reasons, removeAll, type TearDownParts, writeCleanup } from './tear-down.ts'

export interface ReapItem {
  readonly run: string
  readonly target: string
  readonly host: string
  readonly what: string
  /** `found`: a dry run, it would be removed. */
  readonly state: 'removed' | 'was-gone' | 'kept' | 'left' | 'found'
  readonly reason?: string
}

export interface ReapReport {
  readonly items: readonly ReapItem[]
  /** How many are still there. */
  readonly left: number
}

export type ReapParts = Pick<RunParts, 'archive' | 'connect' | 'emit' | 'now' | 'owner' | 'hardSignal'>

/** Removes what a campaign left on its hosts, as its ledger has it. Throws `campaign-running` while its controller lives. */
export async function reapCampaign(parts: ReapParts, o: { readonly dryRun: boolean }): Promise<ReapReport> {
  return orStopHard(parts, async () => {
    await using _claim = await claimCampaign(parts.archive)
    const ledger = await openLedger(parts)
    const open = ledger.open()
    if (o.dryRun) return { items: open.map(line => itemOf(line, 'found')), left: open.length }
    const reasons = await removeLeftovers({ ...parts, ledger }, parts.connect)
    const items = open.map(line =>
      itemOf(line, ledger.ending(line.seq)?.result ?? 'left', reasons.get(line.seq)),
    )
    return { items, left: items.filter(item => item.state === 'left').length }
  })
}

function itemOf(line: LedgerMake, state: ReapItem['state'], reason?: string): ReapItem {
  const { run, target, host, what } = line
  return { run, target, host, what, state, ...(reason === undefined ? {} : { reason }) }
}

/**
 * Runs the removers for all open ledger lines, target by target, and makes cleanup.json of the runs they belong to. A target that can't be reached
 * leaves its lines open, with the reason.
 */
export async function removeLeftovers(
  parts: TearDownParts,
  connect: (targetId: string) => Promise<Target>,
): Promise<Reasons> {
  const open = parts.ledger.open()
  const reasons = new Map<number, string>()
  for (const id of new Set(open.map(line => line.target))) {
    const lines = open.filter(line => line.target === id)
    const target = await connect(id).catch(error =>
      error instanceof Error ? error : new Error(String(error)),
    )
    try {
      for (const [seq, reason] of await removeAll(parts, lines, target)) reasons.set(seq, reason)
    } finally {
      if (!(target instanceof Error)) await target[Symbol.asyncDispose]()
    }
  }
  if (await parts.archive.sealed()) return reasons
  for (const run of await runsWithoutCleanup(parts, open)) await writeCleanup(parts, run, reasons)
  return reasons
}

/** Runs of the lines just removed, and those whose controller died between the last removal and cleanup.json. */
async function runsWithoutCleanup(
  parts: TearDownParts,
  removed: readonly LedgerMake[],
): Promise<readonly string[]> {
  const runs = new Set(removed.map(line => line.run))
  for (const run of new Set(parts.ledger.made().map(line => line.run)))
    if (!(await parts.archive.run(run).exists('cleanup.json'))) runs.add(run)
  return [...runs].sort()
}
