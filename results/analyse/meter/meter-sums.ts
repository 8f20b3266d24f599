import type { Batch } from '../../../harness/model/batch.ts'
import { counterIntegral, differences } from '../integrate/counter.ts'
import { gapMeter } from '../integrate/gaps.ts'
import { type GaugeKind, gaugeIntegral } from '../integrate/gauge.ts'
import type { SeriesSum } from '../recording/stretch-meter.ts'
import { ofLimit } from '../statistics/uncertainty.ts'
import type { Window } from '../time/window.ts'
import type { MeterSeries } from './meter-series.ts'

/**
 * What a meter's series come to in each window, all in the controller's time.
 * @param o.interval between questions, µs
 */
export function meterSums(
  { batches, quanta }: Pick<MeterSeries, 'batches' | 'quanta'>,
  windows: readonly Window[],
  o: { readonly interval: number; readonly reads: GaugeKind },
): readonly (readonly SeriesSum[])[] {
  return windows.map(window =>
    batches.map(batch =>
      batch.series.kind === 'gauge'
        ? gaugeSum(batch, window, o)
        : counterSum(batch, window, { ...o, quantum: quanta.get(batch.series.instance) ?? 0 }),
    ),
  )
}

function gaugeSum(
  batch: Batch,
  window: Window,
  { interval, reads }: { readonly interval: number; readonly reads: GaugeKind },
): SeriesSum {
  const gauge = gaugeIntegral(window, { kind: reads, interval })
  gauge.add(batch)
  return {
    series: batch.series,
    use: 'power',
    integral: gauge.result(),
    coverage: gauge.coverage(),
    doubt: gauge.doubt(),
  }
}

/** A counter is up to one step behind at either edge: two limits of half a step about its mean, J. */
function counterSum(
  batch: Batch,
  window: Window,
  o: { readonly interval: number; readonly quantum: number },
): SeriesSum {
  const integral = counterIntegral(window)
  const gaps = gapMeter(window, o.interval)
  differences((from, to, delta) => {
    integral.add(from, to, delta)
    gaps.add(from, to)
  })(batch)
  const doubt = (Math.SQRT2 * ofLimit(o.quantum / 2)) / 1e6
  return { series: batch.series, use: 'energy', integral: integral.result(), coverage: gaps.result(), doubt }
}
