import { randomInt } from 'node:crypto'
import type { ArchiveFs } from '../../results/archive/archive.ts'
import { JoulemarkError } from '../model/error.ts'
import type { BackOffLimits } from './back-off.ts'
import { handOverRun, missingRuns, type NotHandedOver, type PointSources } from './hand-over.ts'
import { influxWriter, type WriterOptions } from './influx-write.ts'
import { sender } from './sender.ts'
import { openSpool } from './spool.ts'

export interface SinkOptions extends PointSources, WriterOptions {
  /** For the spool; default Node's own. */
  readonly fs?: ArchiveFs
  /** Seed of the delays' chance; default: drawn. */
  readonly seed?: number
  /** Default: 1 s doubling to 60 s. */
  readonly backOff?: BackOffLimits
}

/** The runner's sink (harness/run/parts.ts) and what the command line wants to say of it. */
export interface InfluxSink {
  /**
   * Hands a complete run over; returns when its points are durable in the spool. Waits while paused.
   * @throws JoulemarkError `not-handed-over`, also kept in problems(); the run is whole without it, and sync tries again
   */
  accept(runId: string): Promise<void>
  /** Nothing is parsed or sent until resume(); a request under way is broken off and sent again. */
  pause(): void
  resume(): void
  counts(): { readonly stored: number; readonly waiting: number; readonly refused: number }
  /** Sends for at most so long what waits, then stops and gives the spool free. `sync` goes on from there. */
  close(graceSeconds: number): Promise<void>
  /** Runs that could not be handed over, and why; `sync` tries again. */
  problems(): readonly NotHandedOver[]
  /** Why points wait; null while all is well. */
  waitingBecause(): string | null
}

const STOPPED = new Error('stopped before it was handed over')

/**
 * Opens the spool of a campaign and starts to send what waits. Complete runs that were never handed over (a crash between run.json and spool)
 * are handed over first. The database may be absent, slow or full: nothing here fails for it.
 * @throws JoulemarkError `spool-locked`
 */
export async function openSink(o: SinkOptions): Promise<InfluxSink> {
  const spool = await openSpool(o.archive, o.fs)
  const limits = o.backOff ?? { firstSeconds: 1, mostSeconds: 60 }
  const out = sender({
    write: influxWriter(o),
    runs: () => spool.runs(),
    seed: o.seed ?? randomInt(2 ** 32),
    limits,
  })
  const problems = new Map<string, NotHandedOver>()
  const switches = gate()
  let sending: Promise<unknown> = Promise.resolve()
  let isSending = false
  let handing: Promise<unknown> = Promise.resolve()

  /** Starts to send unless that is under way; ends by itself when nothing waits. */
  function kick(): void {
    if (isSending || switches.closed() || switches.paused()) return
    isSending = true
    sending = out
      .send({ signal: switches.signal(), patienceSeconds: Number.POSITIVE_INFINITY, stubborn: true })
      .finally(() => {
        isSending = false
        if (spool.counts().waiting > 0) kick()
      })
  }

  async function handOver(runId: string): Promise<void> {
    const mayGoOn = async (): Promise<void> => {
      await switches.open()
      if (switches.closed()) throw STOPPED
    }
    await switches.open()
    const stopped = switches.closed() ? { run: runId, reason: STOPPED.message } : null
    const problem = stopped ?? (await handOverRun({ ...o, spool, mayGoOn }, runId))
    kick()
    if (problem === null) {
      problems.delete(runId)
      return
    }
    problems.set(runId, problem)
    throw notHandedOver(problem)
  }

  /** One run after the other. */
  function accept(runId: string): Promise<void> {
    const done = handing.then(() => handOver(runId))
    handing = done.catch(() => undefined)
    return done
  }

  for (const run of await missingRuns({ archive: o.archive, spool })) accept(run).catch(() => undefined)
  kick()

  return {
    accept,
    pause: () => switches.pause(),
    resume() {
      switches.resume()
      kick()
    },
    counts: () => spool.counts(),
    async close(graceSeconds) {
      if (switches.closed()) return
      switches.resume()
      const deadline = AbortSignal.timeout(Math.max(0, graceSeconds * 1000))
      await Promise.race([handing, aborted(deadline)])
      switches.close()
      await Promise.all([handing, sending])
      const patienceSeconds = Math.min(graceSeconds, 10)
      if (spool.counts().waiting > 0) await out.send({ signal: deadline, patienceSeconds })
      await spool[Symbol.asyncDispose]()
    },
    problems: () => [...problems.values()],
    waitingBecause: () => (spool.counts().waiting > 0 ? out.reason() : null),
  }
}

const notHandedOver = ({ run, reason }: NotHandedOver): JoulemarkError =>
  new JoulemarkError({
    code: 'not-handed-over',
    exit: 'unsynced',
    message: `run ${run} was not handed over to the database: ${reason}`,
    hint: 'the archive has all of it; joulemark sync DIR tries again',
  })

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

interface Gate {
  pause(): void
  resume(): void
  close(): void
  paused(): boolean
  closed(): boolean
  /** Resolves while nothing is paused. */
  open(): Promise<void>
  /** Aborts at the next pause or at the end. */
  signal(): AbortSignal
}

function gate(): Gate {
  let controller = new AbortController()
  let hold: { readonly promise: Promise<void>; readonly release: () => void } | null = null
  let isClosed = false

  async function open(): Promise<void> {
    if (hold === null || isClosed) return
    await hold.promise
    await open()
  }

  return {
    pause() {
      if (hold !== null || isClosed) return
      const { promise, resolve } = Promise.withResolvers<void>()
      hold = { promise, release: resolve }
      controller.abort()
    },
    resume() {
      if (hold === null) return
      controller = new AbortController()
      hold.release()
      hold = null
    },
    close() {
      isClosed = true
      controller.abort()
      hold?.release()
    },
    paused: () => hold !== null,
    closed: () => isClosed,
    open,
    signal: () => controller.signal,
  }
}
