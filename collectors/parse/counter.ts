import type { FieldShape } from './shape.ts'
import { minus, type Whole } from './text.ts'

/** A raw counter on its way to a monotone one. */
export interface Counter {
  /** First good reading as text; '0' before there is one. */
  base: string
  last: Whole | null
  /** Sum of the differences since the first good reading. */
  value: number
  wraps: number
  resets: number
}

export const newCounter = (): Counter => ({ base: '0', last: null, value: 0, wraps: 0, resets: 0 })

/**
 * Takes the next raw reading.
 * @returns the monotone value since the first reading; null where the counter broke (it fell further than a wrap or the kernel's own
 * inexactness explains). The values after a break go on from the last good one.
 */
export function advance(c: Counter, raw: Whole, shape: FieldShape): number | null {
  if (c.last === null) {
    c.base = raw.toString()
    c.last = raw
    return c.value
  }
  const delta = minus(raw, c.last)
  if (delta < 0 && -delta <= (shape.mayFallBy ?? 0)) return c.value
  const step = delta < 0 && shape.modulus !== undefined ? delta + shape.modulus : delta
  c.last = raw
  // Half the range: a larger step is more likely a fall than a wrap.
  const wrapped = delta < 0 && step >= 0 && step < (shape.modulus ?? 0) / 2
  if ((delta < 0 && !wrapped) || !Number.isSafeInteger(c.value + step)) {
    c.resets += 1
    return null
  }
  if (wrapped) c.wraps += 1
  c.value += step
  return c.value
}
