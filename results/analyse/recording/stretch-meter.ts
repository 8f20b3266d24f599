import { type Batch, type Series, seriesKey } from '../../../harness/model/batch.ts'
import { counterIntegral, type OnDifference } from '../integrate/counter.ts'
import type { OnCpu } from '../integrate/cpu.ts'
import { type CpuUse, cpuIntegral } from '../integrate/cpu-integral.ts'
import { type Coverage, gapMeter } from '../integrate/gaps.ts'
import { gaugeIntegral } from '../integrate/gauge.ts'
import type { AbsentReason, Integral } from '../integrate/integral.ts'
import { overlap, secondsOf, type Window } from '../time/window.ts'
import { type Use, useOf } from './wanted.ts'

/** A wanted series over one stretch. */
export interface SeriesSum {
  readonly series: Series
  readonly use: Use
  /** Counter: what it grew by, in its unit. Gauge: ∫ value dt, unit × s. */
  readonly integral: Integral
  readonly coverage: Coverage
  /** Standard uncertainty for what lies between readings, and for the steps of a counter: unit × s, J. Absent: too small to be counted. */
  readonly doubt?: number
}

/** What one recording says of one stretch. */
export interface StretchMeasure {
  readonly window: Window
  readonly seconds: number
  /** Part of the stretch between the first and the last tick of the recording, µs. */
  readonly covered: number
  readonly ticks: Coverage
  readonly cpu: CpuUse | { readonly absent: AbsentReason }
  readonly cpuCoverage: Coverage
  readonly sums: readonly SeriesSum[]
}

/** Takes what a recording holds, interval by interval, for one stretch. */
export interface StretchMeter {
  tick(from: number, to: number): void
  readonly cpu: OnCpu
  /** Consumer of a counter's differences; made once per series. */
  counter(series: Series): OnDifference
  gauge(batch: Batch): void
  result(): StretchMeasure
}

/** @param interval time between readings that was asked for, µs */
export function stretchMeter(window: Window, interval: number): StretchMeter {
  const ticks = gapMeter(window, interval)
  const cpu = cpuIntegral(window)
  const cpuGaps = gapMeter(window, interval)
  const series = new Map<
    string,
    { readonly series: Series; readonly result: () => Integral; readonly coverage: () => Coverage }
  >()
  const gauges = new Map<string, { add(batch: Batch): void }>()
  let covered = 0

  return {
    tick(from, to) {
      ticks.add(from, to)
      covered += overlap(window, from, to)
    },
    cpu(from, to, time) {
      cpu.add(from, to, time)
      cpuGaps.add(from, to)
    },
    counter(of) {
      const integral = counterIntegral(window)
      const gaps = gapMeter(window, interval)
      series.set(seriesKey(of), { series: of, result: integral.result, coverage: gaps.result })
      return (from, to, delta) => {
        integral.add(from, to, delta)
        gaps.add(from, to)
      }
    },
    gauge(batch) {
      const key = seriesKey(batch.series)
      let gauge = gauges.get(key)
      if (gauge === undefined) {
        const made = gaugeIntegral(window, { kind: 'instant', interval })
        series.set(key, { series: batch.series, result: made.result, coverage: made.coverage })
        gauges.set(key, made)
        gauge = made
      }
      gauge.add(batch)
    },
    result: () => ({
      window,
      seconds: secondsOf(window),
      covered,
      ticks: ticks.result(),
      cpu: cpu.result(),
      cpuCoverage: cpuGaps.result(),
      sums: [...series.values()].flatMap(({ series: of, result, coverage }) => {
        const use = useOf(of)
        return use === null ? [] : [{ series: of, use, integral: result(), coverage: coverage() }]
      }),
    }),
  }
}
