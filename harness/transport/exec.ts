import type { Readable } from 'node:stream'
import { JoulemarkError } from '../model/error.ts'
import type { ExecOptions, Exit } from '../model/target.ts'
import type { Opener } from './become.ts'
import type { Channel } from './door.ts'

const DEFAULT_DEADLINE_SECONDS = 60
const DEFAULT_MAX_BYTES = 1 << 20
/** After the program's end its outputs may be held open by children it left; so long we wait for their end. */
const DRAIN_SECONDS = 5
const KILL_AFTER_SECONDS = 2

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined }

export interface ExecRequest extends Loose<ExecOptions> {
  /** Wait so long for the outputs' end after the program's; default 5. */
  readonly drainSeconds?: number
}

/** Runs a command to its end. Errors: can't be started, deadline passed, aborted, connection lost. A non-zero exit is none. */
export async function execOn(
  opener: Opener,
  hostId: string,
  argv: readonly string[],
  o: ExecRequest = {},
): Promise<Exit> {
  return withDeadline(
    { hostId, what: argv[0] ?? '', seconds: o.deadlineSeconds ?? DEFAULT_DEADLINE_SECONDS, signal: o.signal },
    async onChannel => {
      const input = o.stdin ?? ''
      const noInput = input.length === 0
      const channel = await opener.open({
        argv,
        cwd: o.cwd,
        env: o.env,
        become: o.become,
        noInput,
        onChannel,
      })
      channel.stdin.end(input)
      const maxBytes = o.maxBytes ?? DEFAULT_MAX_BYTES
      const out = collect(channel.stdout, maxBytes)
      const err = collect(channel.stderr, maxBytes)
      const exit = await channel.exit
      await Promise.race([
        Promise.all([out.ended, err.ended]),
        delay((o.drainSeconds ?? DRAIN_SECONDS) * 1000),
      ])
      channel.close()
      return { ...exit, stdout: out.text(), stderr: err.text(), truncated: out.cut() || err.cut() }
    },
  )
}

export interface DeadlineOptions {
  readonly hostId: string
  /** The program, for the message. */
  readonly what: string
  readonly seconds: number
  readonly signal?: AbortSignal | undefined
}

/** Runs `act`; at the deadline or on abort it ends the channel that act opened (TERM, then KILL) and rejects. */
export async function withDeadline<T>(
  o: DeadlineOptions,
  act: (onChannel: (channel: Channel) => void) => Promise<T>,
): Promise<T> {
  o.signal?.throwIfAborted()
  let channel: Channel | null = null
  let over = false
  const stop = Promise.withResolvers<never>()
  stop.promise.catch(() => {})
  const end = async (reason: unknown) => {
    over = true
    if (channel !== null) await endChannel(channel)
    stop.reject(reason)
  }
  const timer = setTimeout(() => void end(tooLong(o)), o.seconds * 1000)
  const onAbort = () => void end(o.signal?.reason)
  o.signal?.addEventListener('abort', onAbort, { once: true })
  const onChannel = (opened: Channel) => {
    channel = opened
    if (over) void endChannel(opened)
  }
  try {
    const work = act(onChannel)
    work.catch(() => {})
    // Once it is being ended, its own end is no result any more.
    const result = await Promise.race([
      work.catch(error => (over ? stop.promise : Promise.reject(error))),
      stop.promise,
    ])
    return over ? await stop.promise : result
  } finally {
    clearTimeout(timer)
    o.signal?.removeEventListener('abort', onAbort)
  }
}

/** Ends what runs in a channel: TERM, then KILL. Resolves when it is gone, or when we can do no more. */
async function endChannel(channel: Channel): Promise<void> {
  const gone = channel.exit.then(
    () => true,
    () => true,
  )
  channel.kill('TERM')
  if (!(await Promise.race([gone, delay(KILL_AFTER_SECONDS * 1000)]))) {
    channel.kill('KILL')
    await Promise.race([gone, delay(KILL_AFTER_SECONDS * 1000)])
  }
  channel.close()
}

const tooLong = (o: DeadlineOptions) =>
  new JoulemarkError({
    code: 'deadline',
    message: `${o.what} on host ${o.hostId} took longer than ${o.seconds} s and was ended`,
    exit: 'unreachable',
  })

/** Gathers a stream up to maxBytes and reads on, so that the other side never waits for us. */
export function collect(stream: Readable, maxBytes: number) {
  const chunks: Buffer[] = []
  let size = 0
  let cut = false
  stream.on('data', (chunk: Buffer) => {
    const room = maxBytes - size
    if (chunk.length > room) cut = true
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk
    if (part.length > 0) chunks.push(part)
    size += part.length
  })
  const ended = new Promise<void>(resolve => {
    if (stream.readableEnded || stream.destroyed) return resolve()
    for (const event of ['end', 'close', 'error'] as const) stream.once(event, () => resolve())
  })
  return { ended, cut: () => cut, text: () => Buffer.concat(chunks).toString('utf8') }
}

const delay = (ms: number) => new Promise<false>(resolve => setTimeout(() => resolve(false), ms).unref())
