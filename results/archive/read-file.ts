import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { JoulemarkError } from '../../harness/model/error.ts'
import { isMissing } from './paths.ts'

const MIB = 1024 * 1024
/** Largest files of our own that are read into memory, bytes. */
export const MAX_BYTES = {
  campaign: 4 * MIB,
  plan: 64 * MIB,
  ledger: 256 * MIB,
  record: 64 * MIB,
  state: 64 * MIB,
  manifest: 256 * MIB,
  derived: 256 * MIB,
} as const
const CHUNK = 256 * 1024

export const corrupt = (file: string, why: string, cause?: unknown): JoulemarkError =>
  new JoulemarkError({
    code: 'archive-corrupt',
    exit: 'corrupt',
    message: `${file}: ${why}`,
    place: { file },
    hint: 'the file is not what was written; take the campaign from a copy whose hashes hold (joulemark verify)',
    cause,
  })

/** Errors of open(2) for a link that is not followed, and for a socket. */
const NO_FILE = new Set(['ELOOP', 'ENXIO'])

async function openRegular(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw NO_FILE.has(error.code ?? '') ? corrupt(path, 'not a regular file', error) : error
  })
  const stat = await file.stat()
  if (stat.isFile()) return file
  await file.close()
  throw corrupt(path, 'not a regular file')
}

/** Streams a regular file; symbolic links are refused. */
export async function* readChunks(path: string): AsyncIterable<Uint8Array> {
  const file = await openRegular(path)
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/**
 * A whole file of at most maxBytes; null when it is not there.
 * @throws JoulemarkError `archive-corrupt` when it is larger or no regular file
 */
export async function readBytes(path: string, maxBytes: number): Promise<Buffer | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of readChunks(path)) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw corrupt(path, `larger than ${maxBytes} bytes`)
      parts.push(chunk)
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
  return Buffer.concat(parts)
}

/**
 * A whole text file of at most maxBytes; null when it is not there.
 * @throws JoulemarkError `archive-corrupt` when it is larger, no regular file or not UTF-8
 */
export async function readText(path: string, maxBytes: number): Promise<string | null> {
  const bytes = await readBytes(path, maxBytes)
  if (bytes === null) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw corrupt(path, 'not UTF-8 text', cause)
  }
}

/** What zod offers of a schema, as far as it is needed here. */
export interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
        }
      }
}

/**
 * Parses JSON text by a schema.
 * @throws JoulemarkError `archive-corrupt` with the first thing that is wrong; `where` is a file, with a line where that helps
 */
export function parseJson<T>(text: string, schema: Schema<T>, where: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw corrupt(where, 'not JSON', cause)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [first] = parsed.error.issues
  throw corrupt(
    where,
    first === undefined
      ? 'not as it should be'
      : `${first.path.map(String).join('.') || 'value'}: ${first.message}`,
  )
}
