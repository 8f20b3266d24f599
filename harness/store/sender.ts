import { type BackOffLimits, backOff } from './back-off.ts'
import type { WriteLines } from './influx-write.ts'
import { publicReason } from './refusal.ts'
import type { RunSpool } from './run-spool.ts'
import { settleBatch, type Unsettled } from './settle-batch.ts'

export interface SenderOptions {
  readonly write: WriteLines
  readonly runs: () => readonly RunSpool[]
  /** Seed of the delays' chance. */
  readonly seed: number
  readonly limits: BackOffLimits
  /** Send again what the server refused in an earlier session: the cause may have been removed. */
  readonly retryRefused?: boolean
}

export interface SendOutcome {
  readonly state: 'empty' | 'deadline' | 'blocked' | 'stopped'
}

export interface Sender {
  /**
   * Sends what waits until nothing does, the signal aborts, nothing could be sent for patienceSeconds, or the server refuses us (`blocked`; with
   * `stubborn` that too is tried again).
   */
  send(o: {
    readonly signal: AbortSignal
    readonly patienceSeconds: number
    readonly stubborn?: boolean
  }): Promise<SendOutcome['state']>
  /** Why the last try did not succeed; null after one that did. */
  reason(): string | null
}

interface Pending {
  readonly run: RunSpool
  readonly batch: string
  readonly key: string
}

/** One batch after the other, each an awaited request; failures wait with back-off, and a batch that fails lets the others go first. */
export function sender(o: SenderOptions): Sender {
  const delays = backOff(o.limits, o.seed)
  const again = new Set(
    o.retryRefused === true
      ? o.runs().flatMap(run => run.partlyRefused().map(batch => keyOf(run, batch)))
      : [],
  )
  const postponed = new Set<string>()
  let reason: string | null = null

  function nextPending(): Pending | null {
    const all = o
      .runs()
      .flatMap(run =>
        [...run.waiting(), ...run.partlyRefused().filter(batch => again.has(keyOf(run, batch)))].map(
          batch => ({ run, batch, key: keyOf(run, batch) }),
        ),
      )
    const first = all.find(({ key }) => !postponed.has(key))
    if (first === undefined) postponed.clear()
    return first ?? all[0] ?? null
  }

  async function trySend({ run, batch, key }: Pending, signal: AbortSignal): Promise<Unsettled | null> {
    try {
      const settled = await settleBatch(o.write, await run.read(batch), signal)
      if (settled.kind !== 'settled') return settled
      await run.settle(batch, settled.outcome)
      again.delete(key)
      return null
    } catch (error) {
      const why = publicReason(error instanceof Error ? error.message : String(error))
      return { kind: 'wait', reason: `the spool of ${run.run}: ${why}`, answered: true, afterSeconds: null }
    }
  }

  return {
    async send({ signal, patienceSeconds, stubborn }) {
      let lastProgress = performance.now()
      for (;;) {
        if (signal.aborted) return 'stopped'
        const pending = nextPending()
        if (pending === null) return 'empty'
        const unsettled = await trySend(pending, signal)
        if (unsettled === null) {
          reason = null
          lastProgress = performance.now()
          delays.succeeded()
          continue
        }
        if (signal.aborted) return 'stopped'
        reason = unsettled.reason
        postponed.add(pending.key)
        if (unsettled.kind === 'blocked' && stubborn !== true) return 'blocked'
        const delay =
          unsettled.kind === 'blocked' ? o.limits.mostSeconds : delays.failed(unsettled.afterSeconds)
        const left = patienceSeconds - (performance.now() - lastProgress) / 1000
        if (left <= 0) return 'deadline'
        await rest(Math.min(delay, left), signal)
      }
    },
    reason: () => reason,
  }
}

const keyOf = (run: RunSpool, batch: string): string => `${run.run}/${batch}`

/** Resolves after so many seconds, or when the signal aborts. */
export function rest(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, seconds * 1000)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
