import { logHistogram } from '../work/log-histogram.ts'

/** Times of a tick, CLOCK_BOOTTIME µs, and the wall clock at its beginning. */
export interface TickTimes {
  readonly due: number
  readonly mono: number
  readonly wall: number
}

/** How punctual a recorder was, and what its stamps say of the host's clocks. */
export interface TickMeasure {
  readonly count: number
  /** Ticks that were due and did not come. */
  readonly missed: number
  /** Begin of a tick after it was due, µs, within 1 %. */
  readonly latenessP50: number | null
  readonly latenessP99: number | null
  /** Largest change of wall − boot within the recording, µs. NTP turns both at one rate, so that this is what the wall clock stepped. */
  readonly wallStep: number
  /** First and last tick; null: none. */
  readonly first: TickTimes | null
  readonly last: TickTimes | null
}

/** @param onInterval called for each two ticks that follow one another */
export function tickMeter(
  interval: number,
  onInterval: (from: number, to: number) => void,
): { add(ticks: readonly TickTimes[]): void; result(): TickMeasure } {
  const lateness = logHistogram()
  let count = 0
  let missed = 0
  let first: TickTimes | null = null
  let last: TickTimes | null = null
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  return {
    add(ticks) {
      for (const tick of ticks) {
        count += 1
        lateness.add(Math.max(0, tick.mono - tick.due))
        const difference = tick.wall - tick.mono
        if (difference < least) least = difference
        if (difference > most) most = difference
        if (last !== null) {
          missed += Math.max(0, Math.round((tick.due - last.due) / interval) - 1)
          if (tick.mono > last.mono) onInterval(last.mono, tick.mono)
        }
        first ??= tick
        last = tick
      }
    },
    result: () => ({
      count,
      missed,
      latenessP50: count === 0 ? null : lateness.quantile(0.5),
      latenessP99: count === 0 ? null : lateness.quantile(0.99),
      wallStep: count === 0 ? 0 : most - least,
      first,
      last,
    }),
  }
}
