import { type Batch, seriesKey } from '../../../harness/model/batch.ts'
import { differences } from '../integrate/counter.ts'
import { type CpuTime, cpuDifferences } from '../integrate/cpu.ts'
import type { Window } from '../time/window.ts'
import { type StretchMeasure, stretchMeter } from './stretch-meter.ts'
import { type TickMeasure, type TickTimes, tickMeter } from './tick-meter.ts'
import { useOf } from './wanted.ts'

/** Takes what charts need from a recording; times are of the host's boot clock. */
export interface TraceSink {
  cpu(from: number, to: number, time: CpuTime | null): void
  /** µJ of one series of a source. */
  energy(source: string, instance: string, from: number, to: number, microjoules: number | null): void
}

export interface RecordingMeasure {
  readonly ticks: TickMeasure
  /** One per window that was asked for, in that order. */
  readonly stretches: readonly StretchMeasure[]
  /** CPU time of the recorder itself, s, and over how long; null: not recorded. */
  readonly recorderCpu: { readonly cpuSeconds: number; readonly seconds: number } | null
  /** Time in which the machine stood still (suspended, or its guest paused), s. */
  readonly suspendedSeconds: number
  /** Whether CPU time was recorded: without it nothing is known of standing still. */
  readonly cpuSeen: boolean
}

/** A machine's CPUs account for their time but for that in which the machine stands still; this much less than elapsed is noticed. */
const STOOD_STILL_MICROS = 1_000_000

/**
 * Everything that one recording has to say, in one pass.
 * @param o.interval time between readings that was asked for, µs
 * @param o.threads online CPUs
 */
export function recordingMeter(o: {
  readonly windows: readonly Window[]
  readonly interval: number
  readonly threads: number
  readonly trace: TraceSink
}): { slice(ticks: readonly TickTimes[], batches: readonly Batch[]): void; result(): RecordingMeasure } {
  const stretches = o.windows.map(window => stretchMeter(window, o.interval))
  const ticks = tickMeter(o.interval, (from, to) => stretches.forEach(s => s.tick(from, to)))
  const counters = new Map<string, (batch: Batch) => void>()
  let recorderCpu: { cpuSeconds: number; seconds: number } | null = null
  let suspended = 0
  let cpuSeen = false

  const cpu = cpuDifferences((from, to, time) => {
    cpuSeen = true
    for (const stretch of stretches) stretch.cpu(from, to, time)
    o.trace.cpu(from, to, time)
    const still = time === null ? 0 : to - from - time.total / o.threads
    if (still > Math.max(STOOD_STILL_MICROS, 3 * o.interval)) suspended += still / 1e6
  })

  const recorder = differences((from, to, delta) => {
    if (delta === null) return
    recorderCpu ??= { cpuSeconds: 0, seconds: 0 }
    recorderCpu.cpuSeconds += delta / 1e6
    recorderCpu.seconds += (to - from) / 1e6
  })

  const counterOf = (batch: Batch): ((batch: Batch) => void) => {
    const key = seriesKey(batch.series)
    const known = counters.get(key)
    if (known !== undefined) return known
    const consumers = stretches.map(stretch => stretch.counter(batch.series))
    const { measurement, source, instance } = batch.series
    const made = differences((from, to, delta) => {
      for (const consume of consumers) consume(from, to, delta)
      if (measurement === 'energy') o.trace.energy(source, instance, from, to, delta)
    })
    counters.set(key, made)
    return made
  }

  return {
    slice(times, batches) {
      ticks.add(times)
      cpu(batches.filter(batch => useOf(batch.series) === 'cpu'))
      for (const batch of batches) {
        const use = useOf(batch.series)
        if (use === null || use === 'cpu') continue
        if (use === 'recorder-cpu') recorder(batch)
        if (batch.series.kind === 'counter') counterOf(batch)(batch)
        else for (const stretch of stretches) stretch.gauge(batch)
      }
    },
    result: () => ({
      ticks: ticks.result(),
      stretches: stretches.map(stretch => stretch.result()),
      recorderCpu,
      suspendedSeconds: suspended,
      cpuSeen,
    }),
  }
}
