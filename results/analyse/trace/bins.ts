import { overlap, type Window } from '../time/window.ts'

/** Most points of a trace. */
export const MAX_BINS = 600

/** Adds up what goes on over time into bins of equal length, for charts. Bins are of the host's own clock. */
export interface Bins {
  /** An amount that grew evenly between two times; null: not known, the time counts as not covered. */
  add(from: number, to: number, amount: number | null): void
  readonly count: number
  /** Amount and covered time (µs) of a bin. */
  at(i: number): { readonly amount: number; readonly covered: number }
}

/**
 * @param least shortest bin, µs: no finer than the readings
 */
export function bins(window: Window, least: number): Bins {
  const length = window.to - window.from
  const count = Math.max(1, Math.min(MAX_BINS, Math.ceil(length / Math.max(1, least))))
  const width = length / count
  const amounts = new Float64Array(count)
  const covered = new Float64Array(count)
  return {
    count,
    add(from, to, amount) {
      if (amount === null || !(overlap(window, from, to) > 0)) return
      const first = Math.max(0, Math.floor((from - window.from) / width))
      const last = Math.min(count - 1, Math.floor((to - window.from) / width))
      for (let i = first; i <= last; i++) {
        const common = overlap({ from: window.from + i * width, to: window.from + (i + 1) * width }, from, to)
        amounts[i] = (amounts[i] as number) + (amount * common) / (to - from)
        covered[i] = (covered[i] as number) + common
      }
    },
    at: i => ({ amount: amounts[i] as number, covered: covered[i] as number }),
  }
}

/** Centres of bins, s after the start of the window; three digits are enough for a chart. */
export const centres = (b: Bins, window: Window): number[] =>
  Array.from({ length: b.count }, (_, i) => round(((i + 0.5) * (window.to - window.from)) / b.count / 1e6, 3))

/** A bin that less than half of is covered has no value. */
export const binValue = (
  b: Bins,
  i: number,
  window: Window,
  of: (amount: number, covered: number) => number,
): number | null => {
  const { amount, covered } = b.at(i)
  return covered * 2 < (window.to - window.from) / b.count ? null : significant(of(amount, covered))
}

const round = (x: number, digits: number): number => Number(x.toFixed(digits))
/** Charts need no more; results are a quarter of the size. */
const significant = (x: number): number => Number(x.toPrecision(5))
