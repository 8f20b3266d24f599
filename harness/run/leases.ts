import type { LedgerMake } from '../model/run.ts'
import type { DetachedRef, Host } from '../model/target.ts'
import type { Attempt } from './attempt.ts'
import { renewObjects } from './cluster/renew.ts'
import { hostTime, type LockContent, renewLock } from './locks.ts'
import { MARKER } from './names.ts'

/** Seconds that deploy may take before it is renewed, and that fetching and tear-down may take after the phases. */
export const DEPLOY_SECONDS = 900
export const AFTER_SECONDS = 900
/** While something of unknown length goes on outside of windows, leases are renewed this often. */
const RENEW_EVERY_SECONDS = 240

/** Life of what is made before deploy, and after it: all phases to come and a margin. A dead controller leaves nothing running for longer. */
export function firstLease({ plan }: Pick<Attempt, 'plan'>): number {
  return plan.protocol.durations.baseline + DEPLOY_SECONDS
}
export function secondLease({ plan }: Pick<Attempt, 'plan'>): number {
  const { idle, warmUp, window, coolDown } = plan.protocol.durations
  return idle + warmUp + window * plan.protocol.windows + coolDown + AFTER_SECONDS
}

/** Controller's wall clock, µs, until when what is made now may live. */
export const expiry = (a: Pick<Attempt, 'parts' | 'lease'>): number =>
  Math.round(a.parts.now() + a.lease.seconds * 1e6)

/** `hostNow`: from `hostTime` of the host that it is for; for what lies in a cluster, the API server's clock. */
export const lockContent = (a: Attempt, hostNow: number): LockContent => ({
  owner: a.parts.owner,
  campaign: a.parts.archive.id,
  run: a.id,
  expires: Math.round(hostNow + a.lease.seconds * 1e6),
})

/** Content of the marker file of a folder of ours. */
export const markerText = (a: Attempt, hostNow: number): string =>
  `${JSON.stringify(lockContent(a, hostNow))}\n`

/** Moves the end of life of all that this run has made. Only outside windows and other phases that count. */
export async function renew(a: Attempt, seconds: number): Promise<void> {
  a.lease.seconds = seconds
  const open = a.ledger.open(a.id)
  if (a.standing !== undefined) {
    const { cluster } = a.standing
    await renewObjects(a, cluster, lockContent(a, await cluster.serverTime()))
  }
  for (const host of a.target.hosts.values()) {
    const lines = open.filter(line => line.host === host.id)
    if (lines.length === 0) continue
    const hostNow = await hostTime(host, a.parts.now)
    for (const line of lines) await renewOne(a, { host, line, hostNow })
  }
}

interface Renewal {
  readonly host: Host
  readonly line: LedgerMake
  readonly hostNow: number
}

async function renewOne(a: Attempt, { host, line, hostNow }: Renewal): Promise<void> {
  // What runs in a pod ends with it; only what is detached there has an end of its own.
  const { path, dir, name } = line.args
  if (line.remover === 'lock' && typeof path === 'string')
    return renewLock(host, { path, content: lockContent(a, hostNow) })
  if (line.remover === 'directory' && typeof path === 'string' && line.args['marked'] === true)
    return host.put([{ name: MARKER, mode: 0o600, content: markerText(a, hostNow) }], path)
  if (line.remover !== 'detached' || typeof dir !== 'string' || typeof name !== 'string') return
  const ref: DetachedRef = { host: host.id, dir, name }
  if ((await host.status(ref)).state === 'running') await host.renew(ref, a.lease.seconds)
}

/**
 * Does something of unknown length outside of windows; the leases are renewed while it lasts. It is never left running: a renewal that failed
 * is thrown after it.
 */
export async function whileRenewing<T>(a: Attempt, act: () => Promise<T>): Promise<T> {
  const over = new AbortController()
  const renewing = renewUntil(a, AbortSignal.any([over.signal, a.signal]))
  let result: T
  try {
    result = await act()
  } finally {
    over.abort()
    await renewing.done
  }
  if (renewing.failed.length > 0) throw renewing.failed[0]
  return result
}

function renewUntil(
  a: Attempt,
  signal: AbortSignal,
): { readonly done: Promise<void>; readonly failed: unknown[] } {
  const failed: unknown[] = []
  const loop = async (): Promise<void> => {
    for (;;) {
      await a.parts.sleep(RENEW_EVERY_SECONDS, signal)
      await renew(a, a.lease.seconds)
    }
  }
  const done = loop().catch(error => {
    if (!signal.aborted) failed.push(error)
  })
  return { done, failed }
}
