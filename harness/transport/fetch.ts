import { JoulemarkError } from '../model/error.ts'
import type { Opener } from './become.ts'
import { makeSums, SUM_FUNCTION, sumAgrees } from './checksum.ts'
import { type Channel, transferSeconds } from './door.ts'
import { collect, withDeadline } from './exec.ts'

/**
 * path, maxBytes. stdout: a line with the size at the start, then so many bytes. stderr: a last line `end SIZE KIND SUM`; the sum is
 * made only of a file that did not grow.
 */
const SEND = `${SUM_FUNCTION}
f=$1
if [ ! -e "$f" ]; then echo absent; exit 3; fi
if [ ! -f "$f" ]; then echo 'not a regular file' >&2; exit 4; fi
if [ ! -r "$f" ]; then echo denied; exit 5; fi
n=$(wc -c <"$f") && n=$((n)) || exit 6
echo "$n"
[ "$n" -le "$2" ] || exit 7
head -c "$n" <"$f" || exit 6
e=$(wc -c <"$f") && e=$((e)) || exit 6
if [ "$e" = "$n" ]; then s=$(jm_sum "$f"); else s='none -'; fi
echo "end $e $s" >&2`

/** Without a byte for so long the transfer is given up. */
const STALL_SECONDS = 60

interface FetchRequest {
  readonly opener: Opener
  readonly hostId: string
  readonly path: string
  readonly maxBytes: number
  /** Try as root when the file may not be read. */
  readonly mayBecome: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Streams a file of a host. Errors: absent, denied, longer than maxBytes, shorter at the end than at the start, checksum, stall, not whole in
 * `transferSeconds`, aborted.
 */
export async function* fetchFile(o: FetchRequest): AsyncIterable<Uint8Array> {
  let opened = await begin(o, false)
  if (opened.header === 'denied' && o.mayBecome) {
    opened.channel.close()
    opened = await begin(o, true)
  }
  const { channel, header, chunks, stderr } = opened
  try {
    const size = announced(o, header)
    using limit = limited(channel, o, size)
    const sums = makeSums()
    for await (const chunk of chunks) {
      sums.update(chunk)
      if (sums.bytes() > size) throw wrong(o, `more than the ${size} bytes that were announced came`)
      yield chunk
    }
    const { code } = await Promise.race([channel.exit, limit.passed])
    await Promise.race([stderr.ended, limit.passed])
    if (sums.bytes() < size)
      throw wrong(
        o,
        `only ${sums.bytes()} of ${size} bytes came (exit ${code}) ${stderr.text().trim().slice(-200)}`,
      )
    const [, end = '', sum = ''] = /^end (\d+) (.*)$/m.exec(stderr.text()) ?? []
    if (code !== 0 || end === '' || Number(end) < size)
      throw wrong(o, 'the file became shorter while it was read')
    if (!sumAgrees(sum, sums.digest())) throw wrong(o, 'the checksum differs')
  } finally {
    channel.kill('TERM')
    channel.close()
  }
}

const begin = (o: FetchRequest, become: boolean) =>
  withDeadline(
    { hostId: o.hostId, what: `fetching ${o.path}`, seconds: STALL_SECONDS, signal: o.signal },
    onChannel => open(o, become, onChannel),
  )

/** Ends what comes through a channel when its time is over or the signal aborts: its chunks end with the error, and `passed` rejects with it. */
function limited(channel: Channel, o: FetchRequest, size: number): Disposable & { passed: Promise<never> } {
  const passed = Promise.withResolvers<never>()
  passed.promise.catch(() => {})
  const end = (reason: Error): void => {
    passed.reject(reason)
    channel.kill('KILL')
    channel.stdout.destroy(reason)
  }
  const seconds = transferSeconds(size)
  const late = () => end(wrong(o, `its ${size} bytes did not come within ${Math.round(seconds)} s`))
  const timer = setTimeout(late, seconds * 1000)
  const onAbort = () => end(o.signal?.reason instanceof Error ? o.signal.reason : new Error('aborted'))
  if (o.signal?.aborted === true) onAbort()
  o.signal?.addEventListener('abort', onAbort, { once: true })
  return {
    passed: passed.promise,
    [Symbol.dispose]() {
      clearTimeout(timer)
      o.signal?.removeEventListener('abort', onAbort)
    },
  }
}

async function open(o: FetchRequest, become: boolean, onChannel: (channel: Channel) => void) {
  const argv = ['/bin/sh', '-c', SEND, 'sh', o.path, String(o.maxBytes)]
  const channel = await o.opener.open({ argv, become, noInput: true, onChannel })
  channel.stdin.end()
  const stderr = collect(channel.stderr, 4096)
  const all = watched(channel, o)
  const { line, rest } = await firstLine(all)
  return { channel, header: line, chunks: rest, stderr }
}

/** The chunks of stdout; an error when none comes for too long. */
async function* watched(channel: Channel, o: FetchRequest): AsyncGenerator<Uint8Array> {
  let timer: NodeJS.Timeout | undefined
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      channel.kill('KILL')
      channel.stdout.destroy(wrong(o, `nothing came for ${STALL_SECONDS} s`))
    }, STALL_SECONDS * 1000)
  }
  try {
    arm()
    for await (const chunk of channel.stdout) {
      clearTimeout(timer)
      yield chunk as Uint8Array
      arm()
    }
  } finally {
    clearTimeout(timer)
  }
}

async function firstLine(chunks: AsyncGenerator<Uint8Array>) {
  let head = Buffer.alloc(0)
  for (;;) {
    const next = await chunks.next()
    if (!next.done) head = Buffer.concat([head, next.value])
    const at = head.indexOf(0x0a)
    if (at < 0 && !next.done && head.length < 4096) continue
    const line = head.subarray(0, at < 0 ? head.length : at).toString('utf8')
    return { line, rest: following(head.subarray(at < 0 ? head.length : at + 1), chunks) }
  }
}

async function* following(first: Uint8Array, chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first
  yield* chunks
}

function announced(o: FetchRequest, header: string): number {
  if (header === 'absent')
    throw new JoulemarkError({ code: 'file-absent', message: `host ${o.hostId}: ${o.path} is not there` })
  if (header === 'denied') throw wrong(o, 'it may not be read')
  if (!/^\d+$/.test(header)) throw wrong(o, 'it is not a regular file')
  const size = Number(header)
  if (size > o.maxBytes) throw wrong(o, `it has ${size} bytes, more than the ${o.maxBytes} allowed`)
  return size
}

const wrong = (o: FetchRequest, why: string) =>
  new JoulemarkError({
    code: 'fetch-failed',
    message: `host ${o.hostId}: ${o.path} could not be fetched: ${why}`,
    exit: 'unreachable',
  })
