import { type Batch, READING } from '../../../harness/model/batch.ts'
import { overlap, type Window } from '../time/window.ts'
import type { Integral } from './integral.ts'

/** Between two good readings that follow one another: what the counter grew by, or null where that is not known. */
export type OnDifference = (from: number, to: number, delta: number | null) => void

/**
 * Differences of one counter over one recording, batch by batch. A missing tick is bridged: the difference over it is exact. A reading
 * that is not ok is a break, and so is a counter that falls: the parser has undone what can be undone (harness/model/batch.ts).
 */
export function differences(emit: OnDifference): (batch: Batch) => void {
  let at = Number.NaN
  let last = Number.NaN
  let broken = false
  return batch => {
    for (let i = 0; i < batch.mono.length; i++) {
      if (batch.state[i] !== READING.ok) {
        broken = true
        continue
      }
      const time = batch.mono[i] as number
      const value = batch.values[i] as number
      if (time > at) emit(at, time, broken || value < last ? null : value - last)
      at = time
      last = value
      broken = false
    }
  }
}

/**
 * What a counter grew by in a window: whole differences inside, and at the edges the part of the bracketing difference that the window
 * covers (the counter is taken as linear between two readings).
 */
export function counterIntegral(window: Window): {
  readonly add: OnDifference
  readonly result: () => Integral
} {
  let sum = 0
  let covered = 0
  let unknown = false
  let seen = false
  return {
    add(from, to, delta) {
      seen = true
      const common = overlap(window, from, to)
      if (common <= 0) return
      if (delta === null) unknown = true
      else sum += common === to - from ? delta : (delta * common) / (to - from)
      covered += common
    },
    result() {
      if (!seen) return { absent: 'NO_READINGS' }
      // Overlaps are sums of whole µs beside edges that are not whole.
      if (covered < window.to - window.from - 1) return { absent: 'EDGE_MISSING' }
      return unknown ? { absent: 'BROKEN' } : { value: sum }
    },
  }
}
