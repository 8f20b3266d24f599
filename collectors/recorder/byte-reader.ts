const NEWLINE = 10

/** A stream of chunks read by lines and by counts; holds no more than what is asked for and one chunk. */
export interface ByteReader {
  /** Offset in the stream of the next byte. */
  readonly offset: number
  /** Bytes up to the next newline, which is taken but not given; null: more than `limit` bytes or the stream ended before it. */
  line(limit: number): Promise<Uint8Array | null>
  /** Exactly n bytes in an array of their own; null: the stream ended before. */
  take(n: number): Promise<Uint8Array | null>
  /** Nothing is left. */
  ended(): Promise<boolean>
  /** Ends the stream it reads from. */
  close(): Promise<void>
}

export const byteReader = (chunks: AsyncIterable<Uint8Array>): ByteReader => {
  const source = chunks[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array(0)
  let at = 0
  let before = 0

  /** Next chunk with bytes in it, once this one is used up. */
  const more = async (): Promise<boolean> => {
    while (at === chunk.length) {
      const next = await source.next()
      if (next.done === true) return false
      before += chunk.length
      chunk = next.value
      at = 0
    }
    return true
  }

  const line = async (limit: number): Promise<Uint8Array | null> => {
    const parts: Uint8Array[] = []
    let length = 0
    while (await more()) {
      const found = chunk.indexOf(NEWLINE, at)
      const end = found < 0 ? chunk.length : found
      length += end - at
      if (length > limit) return null
      parts.push(chunk.subarray(at, end))
      at = found < 0 ? end : end + 1
      if (found >= 0) return join(parts, length)
    }
    return null
  }

  const take = async (n: number): Promise<Uint8Array | null> => {
    const parts: Uint8Array[] = []
    for (let left = n; left > 0; ) {
      if (!(await more())) return null
      const part = chunk.subarray(at, at + left)
      parts.push(part)
      at += part.length
      left -= part.length
    }
    return join(parts, n)
  }

  return {
    get offset() {
      return before + at
    },
    line,
    take,
    ended: async () => !(await more()),
    close: async () => void (await source.return?.()),
  }
}

/** Copies: chunks may be reused by whoever gave them. */
const join = (parts: readonly Uint8Array[], length: number): Uint8Array => {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
