/**
 * The recording's format, shared by decoder, encoder and kit; docs/recorder.md describes it. Bounds are there for hostile input:
 * nothing that the kit configures comes near them.
 */
export const MAGIC = 'joulemark-recording 1'
export const CONFIG_MAGIC = 'joulemark-recorder 1'

/** Sources of one recording at most. */
export const MAX_SOURCES = 4096
/** Bytes of the header at most. */
export const MAX_HEADER_BYTES = 1 << 20
/** Bytes of a tick's line at most: five numbers, then a length for each source. */
export const MAX_LINE_BYTES = 128 + 10 * MAX_SOURCES
/** Bytes of all readings of one tick at most; the kit refuses sources whose bounds add up to more. */
export const MAX_TICK_BYTES = 16 << 20

/** Ids that the format can carry. */
export const SOURCE_ID = /^[A-Za-z0-9._:/-]{1,200}$/

/** Linux's numbers, the same on x86_64 and aarch64 (asm-generic/errno-base.h, errno.h); others go as number in text. */
const ERRNO: ReadonlyMap<number, string> = new Map([
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [3, 'ESRCH'],
  [4, 'EINTR'],
  [5, 'EIO'],
  [6, 'ENXIO'],
  [11, 'EAGAIN'],
  [12, 'ENOMEM'],
  [13, 'EACCES'],
  [14, 'EFAULT'],
  [16, 'EBUSY'],
  [19, 'ENODEV'],
  [20, 'ENOTDIR'],
  [21, 'EISDIR'],
  [22, 'EINVAL'],
  [23, 'ENFILE'],
  [24, 'EMFILE'],
  [34, 'ERANGE'],
  [36, 'ENAMETOOLONG'],
  [40, 'ELOOP'],
  [61, 'ENODATA'],
  [95, 'EOPNOTSUPP'],
  [110, 'ETIMEDOUT'],
])
const NUMBER_OF: ReadonlyMap<string, number> = new Map([...ERRNO].map(([number, name]) => [name, number]))

/** Symbolic errno, or the number as text where it has no name here. */
export const errnoName = (number: number): string => ERRNO.get(number) ?? String(number)

/** The number of a name that errnoName gave; null: neither. */
export const errnoNumber = (name: string): number | null =>
  NUMBER_OF.get(name) ?? (/^[1-9]\d{0,4}$/.test(name) && !ERRNO.has(Number(name)) ? Number(name) : null)
