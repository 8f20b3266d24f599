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
  if (delta < 0 && shape.mayFallBy !== undefined && -delta <= shape.mayFallBy) return c.value
  const step = stepOf(delta, shape)
  c.last = raw
  if (step === null || !Number.isSafeInteger(c.value + step)) {
    c.resets += 1
    return null
  }
  if (delta < 0) c.wraps += 1
  c.value += step
  return c.value
}

/** What a counter grew by whose raw readings differ by `delta`; null: it fell further than a wrap explains. */
export function stepOf(delta: number, { modulus }: FieldShape): number | null {
  if (delta >= 0) return delta
  if (modulus === undefined) return null
  const step = delta + modulus
  // Half the range: a larger step is more likely a fall than a wrap.
  return step >= 0 && step < modulus / 2 ? step : null
}
