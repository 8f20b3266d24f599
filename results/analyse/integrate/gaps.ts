import { overlap, type Window } from '../time/window.ts'

/** How well readings cover a window. */
export interface Coverage {
  /** Longest time between readings that touch the window, in intervals asked for; null: no two readings. */
  readonly longestIntervals: number | null
  /** Time without readings in the window beyond one interval each, s. */
  readonly gapSeconds: number
  /** The same as a share of the window. */
  readonly gapShare: number
  /** There is a reading at or before the start, and one at or after the end. */
  readonly before: boolean
  readonly after: boolean
}

/** Times between readings up to this many intervals are lateness, not gaps. */
const LATE = 1.5

/**
 * Watches the times between good readings that follow one another in one recording.
 * @param interval asked for, µs
 */
export function gapMeter(
  window: Window,
  interval: number,
): { readonly add: (from: number, to: number) => void; readonly result: () => Coverage } {
  let longest = Number.NaN
  let missing = 0
  let before = false
  let after = false
  return {
    add(from, to) {
      before ||= from <= window.from
      after ||= to >= window.to
      const common = overlap(window, from, to)
      if (common <= 0) return
      const intervals = (to - from) / interval
      if (!(intervals <= longest)) longest = intervals
      if (intervals > LATE) missing += Math.min(common, to - from - interval)
    },
    result: () => ({
      longestIntervals: Number.isNaN(longest) ? null : longest,
      gapSeconds: missing / 1e6,
      gapShare: missing / (window.to - window.from),
      before,
      after,
    }),
  }
}
