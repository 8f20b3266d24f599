import { JoulemarkError } from '../model/error.ts'
import type { Host } from '../model/target.ts'
import type { Attempt } from './attempt.ts'
import { must, script } from './on-host.ts'

const TRIES = 3
const BETWEEN_TRIES_SECONDS = 2

export interface FetchRequest {
  readonly host: Host
  /** Files on the host, concatenated in this order; those that do not exist are left out. */
  readonly paths: readonly string[]
  /** In the run's folder. */
  readonly path: string
  readonly gzip: boolean
  /** Of all files together. */
  readonly maxBytes: number
}

/** The files were there, but may not be taken. */
export const TOO_BIG = 'file-too-big'

const SIZES = 'for path; do if [ -f "$path" ]; then wc -c < "$path"; else echo absent; fi; done'

/**
 * Files of a host into the archive, whole or not at all; a lost connection is tried again. Null: none of them exists. The first Ctrl-C does not
 * end it (what was recorded is kept), the second does.
 * Throws `file-too-big` when they are together larger than maxBytes.
 */
export async function fetchFiles(
  a: Attempt,
  request: FetchRequest,
): Promise<{ readonly bytes: number } | null> {
  const { host, path } = request
  for (let tries = 1; ; tries += 1) {
    try {
      return await fetchOnce(a, request)
    } catch (error) {
      const lost = error instanceof JoulemarkError && error.exit === 'unreachable'
      if (!lost || tries === TRIES || a.signal.aborted) throw error
      await a.parts.emit({
        type: 'progress',
        run: a.id,
        text: `fetching ${path} from ${host.id} again: ${error.message}`,
      })
      await a.parts.sleep(BETWEEN_TRIES_SECONDS, a.signal)
    }
  }
}

async function fetchOnce(a: Attempt, request: FetchRequest): Promise<{ readonly bytes: number } | null> {
  const { host, path, maxBytes } = request
  const sizes = (await must(host, 'look at the files', script(SIZES, ...request.paths))).stdout
    .trim()
    .split('\n')
  const there = request.paths.filter((_, index) => /^\d+$/.test((sizes[index] ?? '').trim()))
  if (there.length === 0) return null
  const total = sizes.reduce((sum, size) => (/^\d+$/.test(size.trim()) ? sum + Number(size.trim()) : sum), 0)
  if (total > maxBytes)
    throw new JoulemarkError({
      code: TOO_BIG,
      message: `${there.join(', ')} on host ${host.id}: ${total} bytes, more than the ${maxBytes} that are taken`,
    })
  await a.parts.emit({ type: 'fetch', run: a.id, host: host.id, path: there.join(' ') })
  let count = 0
  async function* content(): AsyncIterable<Uint8Array> {
    for (const file of there) {
      for await (const chunk of host.fetch(file, maxBytes - count, a.parts.hardSignal)) {
        count += chunk.byteLength
        yield chunk
      }
    }
  }
  await a.archive.write(path, content(), { gzip: request.gzip })
  return { bytes: count }
}
