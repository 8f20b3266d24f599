import { pipeline, Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'

const BLOCK = 64 * 1024
/** Byte 9 of the header names the operating system (RFC 1952, 2.3.1); 255 is "unknown", so that it is equal everywhere. */
const OS_BYTE = 9
const OS_UNKNOWN = 255

/**
 * Compresses at level 6 without name and time (mtime 0). Equal bytes in give equal bytes out, however they were cut into pieces
 * (with the same version of zlib).
 */
export async function* gzipStable(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gzip = createGzip({ level: 6, chunkSize: BLOCK })
  const source = Readable.from(evenBlocks(content), { objectMode: false, highWaterMark: BLOCK })
  // An error of either side reaches us by the iterator: pipeline destroys the other with it.
  pipeline(source, gzip, () => undefined)
  let offset = 0
  for await (const chunk of gzip as AsyncIterable<Buffer>) {
    if (offset <= OS_BYTE && OS_BYTE < offset + chunk.length) chunk[OS_BYTE - offset] = OS_UNKNOWN
    offset += chunk.length
    yield chunk
  }
}

/** The same bytes in blocks of one size: deflate's choices can hang on where a write ends. */
async function* evenBlocks(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let block = Buffer.allocUnsafe(BLOCK)
  let filled = 0
  for await (const chunk of content) {
    for (let from = 0; from < chunk.length; ) {
      const take = Math.min(BLOCK - filled, chunk.length - from)
      block.set(chunk.subarray(from, from + take), filled)
      filled += take
      from += take
      if (filled === BLOCK) {
        yield block
        block = Buffer.allocUnsafe(BLOCK)
        filled = 0
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

/** Decompresses, holding a few blocks in memory whatever the size. A torn or foreign stream is an error of zlib's. */
export async function* gunzip(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const out = createGunzip({ chunkSize: BLOCK })
  pipeline(Readable.from(content, { objectMode: false }), out, () => undefined)
  yield* out as AsyncIterable<Buffer>
}
