import { randomInt } from 'node:crypto'
import { handOverRun, missingRuns, type NotHandedOver } from './hand-over.ts'
import { influxWriter } from './influx-write.ts'
import type { Refusal } from './refusal.ts'
import { sender } from './sender.ts'
import type { SinkOptions } from './sink.ts'
import { openSpool, type Spool } from './spool.ts'

export interface SyncOptions extends SinkOptions {
  /** How long to go on without success before the rest is left waiting; default 30. */
  readonly patienceSeconds?: number
  readonly signal?: AbortSignal
}

export interface SyncReport {
  readonly stored: number
  readonly waiting: number
  readonly refused: number
  /** Every point of every complete run is stored. Otherwise the command exits `unsynced`. */
  readonly complete: boolean
  /** Runs that had never been handed over and were now. */
  readonly handedOver: readonly string[]
  readonly notHandedOver: readonly NotHandedOver[]
  /** By measurement and field: what is not stored although the server, or line protocol, was asked. */
  readonly refusals: readonly Refusal[]
  /** Why points still wait; null when none do. */
  readonly waitingBecause: string | null
}

/**
 * Hands over complete runs that never were, sends all that waits, and tries again what the server refused before. Safe to repeat: the server merges
 * equal series and time.
 * @throws JoulemarkError `spool-locked` while the campaign is running
 */
export async function syncCampaign(o: SyncOptions): Promise<SyncReport> {
  await using spool = await openSpool(o.archive, o.fs)
  const signal = o.signal ?? new AbortController().signal
  const { handedOver, notHandedOver } = await handOverMissing(o, spool, signal)
  const out = sender({
    write: influxWriter(o),
    runs: () => spool.runs(),
    seed: o.seed ?? randomInt(2 ** 32),
    limits: o.backOff ?? { firstSeconds: 0.5, mostSeconds: 10 },
    retryRefused: true,
  })
  const ended = await out.send({ signal, patienceSeconds: o.patienceSeconds ?? 30 })
  const counts = spool.counts()
  return {
    ...counts,
    complete: counts.waiting === 0 && counts.refused === 0 && notHandedOver.length === 0,
    handedOver,
    notHandedOver,
    refusals: spool.refusals(),
    waitingBecause: counts.waiting === 0 ? null : ended === 'stopped' ? 'it was stopped' : out.reason(),
  }
}

async function handOverMissing(
  o: SyncOptions,
  spool: Spool,
  signal: AbortSignal,
): Promise<Pick<SyncReport, 'handedOver' | 'notHandedOver'>> {
  const handedOver: string[] = []
  const notHandedOver: NotHandedOver[] = []
  const mayGoOn = async (): Promise<void> => signal.throwIfAborted()
  for (const run of await missingRuns({ archive: o.archive, spool })) {
    const problem = await handOverRun({ ...o, spool, mayGoOn }, run)
    if (problem === null) handedOver.push(run)
    else notHandedOver.push(problem)
  }
  return { handedOver, notHandedOver }
}
