import * as fc from 'fast-check'
import type { RecordingItem } from '../../../harness/model/recorder.ts'
import { micros } from '../../../harness/model/units.ts'

type Header = Extract<RecordingItem, { item: 'header' }>

const header: fc.Arbitrary<Header> = fc.record({
  item: fc.constant('header' as const),
  recorder: fc.constantFrom('perl' as const, 'sh' as const),
  rate: fc.constantFrom(0.1, 1 / 3, 1, 2, 10),
  sources: fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z]{1,8}\/[A-Za-z0-9._:-]{1,12}$/),
      path: fc.stringMatching(/^\/[^\n\0]{0,30}$/),
    }),
    { selector: source => source.id, maxLength: 6 },
  ),
  monoResolution: fc.constantFrom(micros(1), micros(10_000)),
  wallResolution: fc.constantFrom(micros(1), micros(1_000_000)),
})

const content = fc.oneof(
  fc.record({ bytes: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({ bytes: fc.constant(null), error: fc.constantFrom('ENOENT', 'EACCES', 'EIO', '999') }),
)

const ticks = (of: Header): fc.Arbitrary<RecordingItem[]> =>
  fc
    .array(
      fc.record({
        step: fc.integer({ min: 1, max: 1e9 }),
        late: fc.nat(1000),
        took: fc.nat(1000),
        wall: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
        contents: fc.tuple(...of.sources.map(() => content)),
      }),
      { maxLength: 8 },
    )
    .map(rows => {
      let due = 0
      return rows.map(row => {
        // A step is longer than any lateness, so that ticks stay in order.
        due += row.step + 1000
        const [mono, wall] = [micros(due + row.late), micros(row.wall)]
        const readings = row.contents.map((one, i) => ({
          source: of.sources[i]?.id ?? '',
          mono,
          wall,
          ...one,
        }))
        return { item: 'tick' as const, due: micros(due), mono, end: micros(mono + row.took), wall, readings }
      })
    })

const end = fc.option(fc.constantFrom('stopped' as const, 'deadline' as const, 'full' as const), {
  nil: null,
})

/** Recordings as a recorder may write them. */
export const recordings: fc.Arbitrary<RecordingItem[]> = header.chain(first =>
  fc
    .tuple(ticks(first), end)
    .map(([rows, reason]) => [
      first,
      ...rows,
      ...(reason === null ? [] : [{ item: 'end' as const, reason }]),
    ]),
)

/** One array of all bytes. */
export const concat = (parts: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...parts]))

/** A stream in pieces of so many bytes. */
export const inPieces = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
