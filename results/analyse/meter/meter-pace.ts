import { type Batch, READING } from '../../../harness/model/batch.ts'
import type { MeterUse } from '../../../harness/model/meter-use.ts'

/** Changes from which a usual time between them can be told. */
const LEAST_CHANGES = 5
/** A meter whose reading is another at so many questions is not seen to keep any. */
const NEARLY_ALL = 0.9

/**
 * How often a meter has something new to say, from the times at which its readings changed: the slowest of its instances. A meter that is asked more
 * often than it measures says the same several times; one that has something new at every question may measure as often or more often.
 * @param batches one per instance, times in µs
 */
export function pace(batches: readonly Batch[]): MeterUse['update'] {
  const paces = batches.map(one)
  const known = paces.filter(found => found !== null)
  if (known.length < paces.length) return null
  return known.toSorted((a, b) => b.seconds - a.seconds)[0] ?? null
}

function one(batch: Batch): MeterUse['update'] {
  const times: number[] = []
  let last = Number.NaN
  let readings = 0
  for (let i = 0; i < batch.mono.length; i += 1) {
    const value = batch.values[i] ?? Number.NaN
    if (batch.state[i] !== READING.ok) continue
    readings += 1
    // What it says first may have stood for a while.
    if (!Number.isNaN(last) && value !== last) times.push(batch.mono[i] ?? Number.NaN)
    last = value
  }
  if (times.length < LEAST_CHANGES) return null
  const between = times
    .slice(1)
    .map((at, i) => at - (times[i] ?? Number.NaN))
    .toSorted((a, b) => a - b)
  const seconds = (between[between.length >> 1] ?? Number.NaN) / 1e6
  return { seconds, atMost: times.length >= NEARLY_ALL * (readings - 1) }
}

/** Readings with a figure, of the instance that has fewest. */
export const goodReadings = (batches: readonly Batch[]): number =>
  batches.length === 0
    ? 0
    : Math.min(...batches.map(({ state }) => state.filter(one => one === READING.ok).length))
