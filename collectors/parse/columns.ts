import { type Batch, READING, type ReadingState, type Series } from '../../harness/model/batch.ts'
import type { Reading } from '../../harness/model/collector.ts'

/** Series that are always read together: they share their stamps. */
export interface Columns {
  readonly series: readonly Series[]
  /** Base of every counter, as text; looked up when a batch is made. */
  readonly base: (index: number) => string
  wall: number[]
  mono: number[]
  values: number[][]
  states: number[][]
}

export const newColumns = (series: readonly Series[], base: (index: number) => string): Columns => ({
  series,
  base,
  wall: [],
  mono: [],
  values: series.map(() => []),
  states: series.map(() => []),
})

/** Adds one reading of every series; a value that is null takes the state given beside it. */
export function append(
  c: Columns,
  at: Pick<Reading, 'mono' | 'wall'>,
  cell: (index: number) => { readonly value: number } | { readonly state: ReadingState },
): void {
  c.wall.push(at.wall)
  c.mono.push(at.mono)
  c.series.forEach((_, index) => {
    const got = cell(index)
    c.values[index]?.push('value' in got ? got.value : Number.NaN)
    c.states[index]?.push('value' in got ? READING.ok : got.state)
  })
}

/** Batches of what has gathered, one per series; leaves the columns empty. The stamps' arrays are shared between them. */
export function takeBatches(c: Columns): Batch[] {
  if (c.mono.length === 0) return []
  const wall = Float64Array.from(c.wall)
  const mono = Float64Array.from(c.mono)
  const batches = c.series.map(
    (series, index): Batch => ({
      series,
      wall,
      mono,
      values: Float64Array.from(c.values[index] ?? []),
      state: Uint8Array.from(c.states[index] ?? []),
      base: c.base(index),
    }),
  )
  c.wall = []
  c.mono = []
  c.values = c.series.map(() => [])
  c.states = c.series.map(() => [])
  return batches
}
