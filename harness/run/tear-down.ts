import type { CampaignArchive } from '../../results/archive/archive.ts'
import { JoulemarkError } from '../model/error.ts'
import type { EmitEvent } from '../model/event.ts'
import type { Cleanup, LedgerMake } from '../model/run.ts'
import type { Cluster, Target } from '../model/target.ts'
import { CLUSTER_HOST } from './cluster/ledger-line.ts'
import type { Ledger } from './ledger.ts'
import { removeFromCluster, removers } from './removers/registry.ts'
import type { Removed } from './removers/remover.ts'

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
  const leave = async (line: LedgerMake, reason: string | null): Promise<void> => {
    if (reason === null) return
    reasons.set(line.seq, reason)
    await parts.emit({ type: 'tear-down', run: line.run, what: line.what, state: 'left', reason })
  }
  if (!(target instanceof Error) && target.cluster !== undefined) {
    for await (const [line, reason] of removeInCluster(parts, lines, target.cluster))
      await leave(line, reason)
    return reasons
  }
  const unreachable = new Map<string, string>()
  const purge = (await parts.archive.plan()).workloads.some(workload => workload.purge)
  for (const line of lines) {
    parts.hardSignal.throwIfAborted()
    const lost = target instanceof Error ? target.message : unreachable.get(line.host)
    await leave(line, lost ?? (await removeOne({ ...parts, purge }, line, target, unreachable)))
  }
  return reasons
}

/** Null: it is gone, and the ledger says so; else why not. */
async function removeOne(
  parts: TearDownParts & { readonly purge: boolean },
  line: LedgerMake,
  target: Target | Error,
  unreachable: Map<string, string>,
): Promise<string | null> {
  const host = target instanceof Error ? undefined : target.hosts.get(line.host)
  if (host === undefined) return `the target has no host ${line.host}`
  const remove = removers.get(line.remover)
  if (remove === undefined) return `there is no remover ${line.remover}`
  try {
    const result = await remove({ campaign: parts.archive.id, host, args: line.args, purge: parts.purge })
    await gone(parts, line, result)
    return null
  } catch (error) {
    const reason = textOf(error)
    // What a host does not answer now, it is not asked again for every line.
    if (error instanceof JoulemarkError && error.exit === 'unreachable') unreachable.set(line.host, reason)
    return reason
  }
}

async function gone(parts: TearDownParts, line: LedgerMake, result: Removed): Promise<void> {
  await parts.ledger.gone(line.seq, result)
  await parts.emit({ type: 'tear-down', run: line.run, what: line.what, state: result })
}

/** Reasons go into cleanup.json. */
function textOf(error: unknown): string {
  if (error instanceof JoulemarkError && error.publicMessage !== undefined) return error.publicMessage
  return error instanceof Error ? error.message : String(error)
}

/**
 * First what has pods, all at once: a namespace takes seconds to go. Then locks, which hold until nothing of ours runs there, then what
 * lay in pods, whose lines are closed when nothing of their run is left. Gives every line with the reason why it is left; null: it is gone.
 */
async function* removeInCluster(
  parts: TearDownParts,
  lines: readonly LedgerMake[],
  cluster: Cluster,
): AsyncGenerator<readonly [LedgerMake, string | null]> {
  parts.hardSignal.throwIfAborted()
  const objects = lines.filter(line => line.host === CLUSTER_HOST)
  const isLock = ({ args }: LedgerMake): boolean => args['kind'] === 'Lease'
  const remove = async (line: LedgerMake): Promise<Removed | Error> => {
    try {
      return await removeFromCluster({ campaign: parts.archive.id, args: line.args, cluster }, line.remover)
    } catch (error) {
      return error instanceof Error ? error : new Error(textOf(error))
    }
  }
  for (const group of [objects.filter(line => !isLock(line)), objects.filter(isLock)]) {
    const results = await Promise.all(group.map(remove))
    for (const [i, line] of group.entries()) {
      const result = results[i] as Removed | Error
      if (!(result instanceof Error)) await gone(parts, line, result)
      yield [line, result instanceof Error ? textOf(result) : null]
    }
  }
  for (const line of lines.filter(({ host }) => host !== CLUSTER_HOST)) {
    const open = parts.ledger.open(line.run).find(one => one.host === CLUSTER_HOST && one.seq < line.seq)
    if (open === undefined) await gone(parts, line, 'removed')
    yield [line, open === undefined ? null : `its pod is still there (${open.what})`]
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
