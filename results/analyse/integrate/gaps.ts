import { overlap, type Window } from '../time/window.ts'

/** How well readings cover a window. */
export interface Coverage {
  /** Longest time between readings that touch the window, in intervals asked for; null: no two readings. */
  readonly longestIntervals: number | null
  /**
   * Time in the window for which readings that were asked for are missing, s: of each stretch between two readings what is beyond one
   * interval, less what others came early, and all before the first and after the last one. 0 where there are no two readings: see above.
   */
  readonly gapSeconds: number
  /** The same as a share of the window. */
  readonly gapShare: number
  /** There is a reading at or before the start, and one at or after the end. */
  readonly before: boolean
  readonly after: boolean
}

/** Readings that all in all came late by less than this many intervals: none is missing. */
const LATENESS = 0.5

/**
 * Watches the times between good readings that follow one another in one recording.
 * @param interval asked for, µs
 */
export function gapMeter(
  window: Window,
  interval: number,
): { readonly add: (from: number, to: number) => void; readonly result: () => Coverage } {
  let longest = Number.NaN
  let touched = 0
  /** Time between readings as they were asked for, of as many as came. */
  let asked = 0
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
      touched += common
      asked += common / intervals
    },
    result() {
      const late = touched - asked > LATENESS * interval ? touched - asked : 0
      const missing = Number.isNaN(longest) ? 0 : late + untouched(window, touched)
      return {
        longestIntervals: Number.isNaN(longest) ? null : longest,
        gapSeconds: missing / 1e6,
        gapShare: missing / (window.to - window.from),
        before,
        after,
      }
    },
  }
}

/** What lies before the first reading and after the last one; sums of floating point may be short of the whole by parts of a µs. */
function untouched(window: Window, touched: number): number {
  const left = window.to - window.from - touched
  return left < 1 ? 0 : left
}
