import { type Batch, READING } from '../../../harness/model/batch.ts'
import type { Window } from '../time/window.ts'
import { betweenReadings } from './between.ts'
import { type Coverage, gapMeter } from './gaps.ts'
import type { Integral } from './integral.ts'

/**
 * What a reading of a gauge stands for. `instant`: the value at its time; `interval-average`: the mean since the reading before.
 */
export type GaugeKind = 'instant' | 'interval-average'

/** A gauge is bridged over at most so many reading intervals, linearly (JM-P3). */
export const BRIDGED_INTERVALS = 3

/**
 * ∫ value dt over a window, unit of the gauge × s. Instant readings: trapezoid, edges interpolated; interval averages: value × the time
 * since the reading before. Always over true times.
 * @param o.interval time between readings as it was asked for, µs
 */
export function gaugeIntegral(
  window: Window,
  o: { readonly kind: GaugeKind; readonly interval: number },
): {
  readonly add: (batch: Batch) => void
  readonly result: () => Integral
  readonly coverage: () => Coverage
  /** Standard uncertainty for what happened between readings, unit of the gauge × s. */
  readonly doubt: () => number
} {
  const gaps = gapMeter(window, o.interval)
  let at = Number.NaN
  let last = Number.NaN
  let sum = 0
  let covered = 0
  let gap = false
  let missed = false
  const between = betweenReadings()
  const piece = (time: number, value: number): void => {
    const from = Math.max(window.from, at)
    const to = Math.min(window.to, time)
    if (!(to > from)) return
    // Half an interval of lateness is not a gap.
    if (time - at > (BRIDGED_INTERVALS + 0.5) * o.interval) gap = true
    const line = (t: number): number => last + ((value - last) * (t - at)) / (time - at)
    const mean = o.kind === 'instant' ? (line(from) + line(to)) / 2 : value
    sum += (mean * (to - from)) / 1e6
    // An average is exact where its interval lies in the window as a whole, and none before it is missing.
    if (o.kind === 'instant' || missed || to - from < time - at) between.add(value - last, (to - from) / 1e6)
    covered += to - from
  }
  return {
    add(batch) {
      for (let i = 0; i < batch.mono.length; i++) {
        if (batch.state[i] !== READING.ok) {
          missed = true
          continue
        }
        const time = batch.mono[i] as number
        const value = batch.values[i] as number
        piece(time, value)
        if (time > at) gaps.add(at, time)
        at = time
        last = value
        missed = false
      }
    },
    result() {
      if (Number.isNaN(at)) return { absent: 'NO_READINGS' }
      if (covered < window.to - window.from - 1) return { absent: 'EDGE_MISSING' }
      return gap ? { absent: 'GAP' } : { value: sum }
    },
    coverage: gaps.result,
    doubt: () => between.doubt(),
  }
}
