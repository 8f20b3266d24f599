import type { Reading } from '../../harness/model/collector.ts'
import type { RecordingItem } from '../../harness/model/recorder.ts'
import { errnoNumber, MAGIC } from './format.ts'

const utf8 = new TextEncoder()

/**
 * Writes a recording, for tests and fixtures: decodeRecording gives the same items again. In: header first, then ticks with one reading for
 * each source in the header's order, then at most one end. Throws RangeError on what a recording can't hold (`broken` among it).
 */
export function* encodeRecording(items: Iterable<RecordingItem>): Iterable<Uint8Array> {
  let sources: readonly { readonly id: string }[] | null = null
  for (const item of items) {
    if (item.item === 'header') {
      if (sources) throw new RangeError('a recording has one header')
      sources = item.sources
      yield utf8.encode(headerText(item))
    } else if (!sources) throw new RangeError('a recording begins with its header')
    else if (item.item === 'tick') yield* tick(item, sources)
    else if (item.item === 'end') yield utf8.encode(`\ne ${item.reason}\n`)
    else throw new RangeError('what is broken can not be written')
  }
}

const headerText = (header: Extract<RecordingItem, { item: 'header' }>): string =>
  [
    MAGIC,
    `recorder ${header.recorder}`,
    `rate ${header.rate}`,
    `mono-resolution ${header.monoResolution}`,
    `wall-resolution ${header.wallResolution}`,
    `sources ${header.sources.length}`,
    ...header.sources.map(source => `${source.id} ${source.path}`),
    '',
  ].join('\n')

function* tick(
  item: Extract<RecordingItem, { item: 'tick' }>,
  sources: readonly { readonly id: string }[],
): Iterable<Uint8Array> {
  const same =
    item.readings.length === sources.length && item.readings.every((r, i) => r.source === sources[i]?.id)
  if (!same) throw new RangeError('a tick has one reading for each source, in the order of the header')
  const lengths = item.readings.map(lengthOf)
  yield utf8.encode(`\n${['t', item.due, item.mono, item.wall, item.end, ...lengths].join(' ')}\n`)
  for (const { bytes } of item.readings) if (bytes) yield bytes
}

const lengthOf = ({ bytes, error }: Reading): number => {
  if (bytes) return bytes.length
  const number = errnoNumber(error ?? '')
  if (number === null) throw new RangeError(`${error} is no errno`)
  return -number
}
