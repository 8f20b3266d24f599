import { JoulemarkError } from '../../model/error.ts'

// POSIX ustar (IEEE Std 1003.1, pax, "ustar Interchange Format"): blocks of 512 bytes, a header before each file, two empty blocks at the end.
const BLOCK = 512
/** Eleven octal digits. */
export const MAX_FILE_BYTES = 8 ** 11 - 1
const FIELDS = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  prefix: [345, 155],
} as const

/**
 * Header of a regular file, of no user and no time: archives of the same content are equal. `size` in bytes, below 8 GiB.
 * @throws RangeError for what a header can't hold
 */
export function tarHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > FIELDS.name[1] || !(size >= 0 && size <= MAX_FILE_BYTES))
    throw new RangeError(`${name} of ${size} bytes does not fit into a tar header`)
  const block = Buffer.alloc(BLOCK)
  const put = (text: string, at: number): void => void block.write(text, at, 'utf8')
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`
  put(name, FIELDS.name[0])
  put(octal(0o644, 7), 100)
  put(octal(0, 7), 108)
  put(octal(0, 7), 116)
  put(octal(size, 11), FIELDS.size[0])
  put(octal(0, 11), 136)
  put('0', FIELDS.type[0])
  put('ustar\x0000', 257)
  put(`${octal(checksumOf(block), 6)} `, FIELDS.checksum[0])
  return block
}

/** Empty bytes that follow a file of that size. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK)

export interface TarFile {
  readonly name: string
  readonly size: number
  /** Its bytes; those that are not read are passed over. */
  readonly body: AsyncIterable<Buffer>
}

/**
 * Regular files of a tar, while it streams past; folders and extended headers are passed over.
 * @throws JoulemarkError `archive-damaged` (exit `corrupt`) for what is no tar, or ends early
 */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarFile> {
  const source = byteSource(chunks)
  for (;;) {
    const header = await source.exactly(BLOCK)
    if (header === null) throw damaged('it ends in the middle')
    if (header.every(byte => byte === 0)) return
    const { name, size, type } = parseHeader(header)
    const body = source.portion(size)
    if (type === '0' || type === '\0') yield { name, size, body }
    for await (const _ of body) {
      // passed over, as far as nobody read it
    }
    if ((await source.exactly(tarPadding(size).length)) === null) throw damaged(`${name} is cut off`)
  }
}

function parseHeader(block: Buffer): { readonly name: string; readonly size: number; readonly type: string } {
  const text = ([at, length]: readonly [number, number]): string => {
    const field = block.toString('utf8', at, at + length)
    const end = field.indexOf('\0')
    return end < 0 ? field : field.slice(0, end)
  }
  const octal = (field: readonly [number, number]): number => {
    const digits = text(field).trim()
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
  }
  if (octal(FIELDS.checksum) !== checksumOf(block)) throw damaged('a header has another checksum')
  const size = octal(FIELDS.size)
  if (Number.isNaN(size)) throw damaged('a header has no size')
  const prefix = text(FIELDS.prefix)
  const type = block.toString('latin1', FIELDS.type[0], FIELDS.type[0] + 1)
  return { name: prefix === '' ? text(FIELDS.name) : `${prefix}/${text(FIELDS.name)}`, size, type }
}

/** Sum of all bytes, the checksum's own counted as blanks. */
function checksumOf(block: Buffer): number {
  const [at, length] = FIELDS.checksum
  return block.reduce((sum, byte, i) => sum + (i >= at && i < at + length ? 32 : byte), 0)
}

/** Bytes of a stream, in portions that a reader asks for. */
function byteSource(chunks: AsyncIterable<Buffer>) {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  /** At most so many bytes; null: there are none left. */
  const next = async (most: number): Promise<Buffer | null> => {
    while (rest.length === 0) {
      const { value, done } = await iterator.next()
      if (done === true) return null
      rest = value
    }
    const part = rest.subarray(0, most)
    rest = rest.subarray(part.length)
    return part
  }
  return {
    /** null: the stream ends before. */
    async exactly(size: number): Promise<Buffer | null> {
      const parts: Buffer[] = []
      for (let missing = size; missing > 0; ) {
        const part = await next(missing)
        if (part === null) return null
        missing -= part.length
        parts.push(part)
      }
      return Buffer.concat(parts)
    },
    /** The next so many bytes; who stops reading can go on. */
    portion(size: number): AsyncIterable<Buffer> {
      let missing = size
      const read = async (): Promise<IteratorResult<Buffer, undefined>> => {
        if (missing === 0) return { done: true, value: undefined }
        const value = await next(missing)
        if (value === null) throw damaged('it ends in the middle of a file')
        missing -= value.length
        return { done: false, value }
      }
      return { [Symbol.asyncIterator]: () => ({ next: read }) }
    },
  }
}

/** What is wrong with an archive. */
export const damaged = (why: string): JoulemarkError =>
  new JoulemarkError({
    code: 'archive-damaged',
    exit: 'corrupt',
    message: `the archive is damaged: ${why}`,
    hint: 'write it again; what is there can not be trusted',
  })
