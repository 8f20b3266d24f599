import type { CampaignArchive } from '../../results/archive/archive.ts'
import { JoulemarkError } from '../model/error.ts'
import type { EmitEvent } from '../model/event.ts'
import type { Cleanup, LedgerMake } from '../model/run.ts'
import type { Target } from '../model/target.ts'
import { CLUSTER_HOST } from './cluster/ledger-line.ts'
import type { Ledger } from './ledger.ts'
import { removeFromCluster, removers } from './removers/registry.ts'

export interface TearDownParts {
  readonly archive: CampaignArchive
  readonly ledger: Ledger
  readonly emit: EmitEvent
  /** µs */
  readonly now: () => number
  /** Second Ctrl-C: nothing more is begun. */
  readonly hardSignal: AbortSignal
}

/** Why things of the ledger are still there, by line. */
export type Reasons = ReadonlyMap<number, string>

/**
 * Removes what the ledger names, the last first. What can't be removed stays open in the ledger and is given back with the reason; the rest is
 * removed all the same. `target`: connected, or why it is not.
 */
export async function removeAll(
  parts: TearDownParts,
  lines: readonly LedgerMake[],
  target: Target | Error,
): Promise<Reasons> {
  const reasons = new Map<number, string>()
  const unreachable = new Map<string, string>()
  const purge = (await parts.archive.plan()).workloads.some(workload => workload.purge)
  for (const line of inOrder(lines)) {
    parts.hardSignal.throwIfAborted()
    const lost = target instanceof Error ? target.message : unreachable.get(line.host)
    const left = lost ?? (await removeOne({ ...parts, purge }, line, target, unreachable))
    if (left === null) continue
    reasons.set(line.seq, left)
    await parts.emit({ type: 'tear-down', run: line.run, what: line.what, state: 'left' })
  }
  return reasons
}

/** Pods before what is said to lie in them. */
const inOrder = (lines: readonly LedgerMake[]): readonly LedgerMake[] => [
  ...lines.filter(line => line.host === CLUSTER_HOST),
  ...lines.filter(line => line.host !== CLUSTER_HOST),
]

/** Null: it is gone, and the ledger says so; else why not. */
async function removeOne(
  parts: TearDownParts & { readonly purge: boolean },
  line: LedgerMake,
  target: Target | Error,
  unreachable: Map<string, string>,
): Promise<string | null> {
  if (!(target instanceof Error) && target.cluster !== undefined)
    return removeInCluster(parts, line, target.cluster)
  const host = target instanceof Error ? undefined : target.hosts.get(line.host)
  if (host === undefined) return `the target has no host ${line.host}`
  const remove = removers.get(line.remover)
  if (remove === undefined) return `there is no remover ${line.remover}`
  try {
    const result = await remove({ campaign: parts.archive.id, host, args: line.args, purge: parts.purge })
    await parts.ledger.gone(line.seq, result)
    await parts.emit({ type: 'tear-down', run: line.run, what: line.what, state: result })
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    // What a host does not answer now, it is not asked again for every line.
    if (error instanceof JoulemarkError && error.exit === 'unreachable') unreachable.set(line.host, reason)
    return reason
  }
}

/** What lies in a pod goes with it: its lines are closed when nothing of the run is left in the cluster. */
async function removeInCluster(
  parts: TearDownParts,
  line: LedgerMake,
  cluster: NonNullable<Target['cluster']>,
): Promise<string | null> {
  try {
    if (line.host !== CLUSTER_HOST) {
      const open = parts.ledger.open(line.run).filter(one => one.host === CLUSTER_HOST && one.seq < line.seq)
      if (open.length > 0) return `its pod is still there (${open[0]?.what ?? ''})`
    }
    const result =
      line.host === CLUSTER_HOST
        ? await removeFromCluster({ campaign: parts.archive.id, args: line.args, cluster }, line.remover)
        : 'removed'
    await parts.ledger.gone(line.seq, result)
    await parts.emit({ type: 'tear-down', run: line.run, what: line.what, state: result })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** cleanup.json of a run, from the ledger: made again whenever more is gone. */
export async function writeCleanup(
  parts: Omit<TearDownParts, 'hardSignal' | 'emit'>,
  run: string,
  reasons: Reasons,
): Promise<void> {
  const made = parts.ledger.made(run)
  const checkedAt = parts.now()
  const items = made.map(line => {
    const ending = parts.ledger.ending(line.seq)
    const { seq, what, host } = line
    if (ending !== undefined) return { seq, what, host, state: ending.result, at: ending.at }
    return {
      seq,
      what,
      host,
      state: 'left' as const,
      at: checkedAt,
      reason: reasons.get(seq) ?? 'not yet removed',
    }
  })
  const gone = items.filter(item => item.state !== 'left').length
  const cleanup: Cleanup = { made: items.length, gone, items, checkedAt }
  await parts.archive.run(run).write('cleanup.json', `${JSON.stringify(cleanup)}\n`, { replace: true })
}
