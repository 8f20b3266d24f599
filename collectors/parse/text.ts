/** A reading that is not what the kernel writes; caught where readings are pushed, and becomes state error. */
export class Unreadable extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'Unreadable'
  }
}

/** A whole number as text; beyond 15 digits a BigInt, so that no digit is lost. */
export type Whole = number | bigint

const decoder = new TextDecoder('utf-8')

/** Bytes of a kernel file as text; invalid UTF-8 becomes U+FFFD and then fails to parse where it matters. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/**
 * Decimal digits as an exact number.
 * @throws Unreadable for anything but 1 to 20 digits (an unsigned 64-bit value)
 */
export function whole(text: string | undefined): Whole {
  if (text === undefined || !/^\d{1,20}$/.test(text)) throw new Unreadable(`not a whole number: ${text}`)
  return text.length <= 15 ? Number(text) : BigInt(text)
}

/** value · times / by, rounded down, exact. Rounding down keeps counters monotone and loses less than one unit in all. */
export function scaled(value: Whole, times: number, by = 1): Whole {
  if (typeof value === 'number') {
    const product = value * times
    if (Number.isSafeInteger(product)) return by === 1 ? product : (product - (product % by)) / by
  }
  return (BigInt(value) * BigInt(times)) / BigInt(by)
}

/** a + b, exact. */
export function plus(a: Whole, b: Whole): Whole {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  return BigInt(a) + BigInt(b)
}

/** a − b as a number; exact where the result is below 2^53, else not a safe integer. */
export const minus = (a: Whole, b: Whole): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a) - BigInt(b))

/** Lines that were read to their end: a recording keeps only the head of a long file, so the last line may be cut. */
export function completeLines(text: string): string[] {
  const lines = text.split('\n')
  lines.pop()
  return lines
}

/** Words of a line, split at blanks. */
export const words = (line: string): string[] => line.split(/\s+/).filter(word => word !== '')

/** `key value` lines, as cpu.stat and meminfo have them; a trailing colon of the key is dropped. */
export function keyed(text: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  for (const line of completeLines(text)) {
    const [key, value] = words(line)
    if (key !== undefined && value !== undefined) map.set(key.replace(/:$/, ''), value)
  }
  return map
}
