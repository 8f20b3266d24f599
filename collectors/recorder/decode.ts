import type { Reading } from '../../harness/model/collector.ts'
import type { DecodeRecording, RecorderKind, RecordingItem } from '../../harness/model/recorder.ts'
import { type Micros, micros } from '../../harness/model/units.ts'
import { type ByteReader, byteReader } from './byte-reader.ts'
import {
  errnoName,
  MAGIC,
  MAX_HEADER_BYTES,
  MAX_LINE_BYTES,
  MAX_SOURCES,
  MAX_TICK_BYTES,
  SOURCE_ID,
} from './format.ts'

type Header = Extract<RecordingItem, { item: 'header' }>
type Tick = Extract<RecordingItem, { item: 'tick' }>
type End = Extract<RecordingItem, { item: 'end' }>

/** What is wrong with the bytes at hand; becomes the item `broken`. */
class Broken extends Error {}

/**
 * Reads a recording: header, ticks, end. Never throws for what the bytes are: the item `broken` says from where on they can't be read
 * (what came before stands) and is the last. A recording that stops between two ticks without an end is one whose recorder was killed.
 * Memory: one chunk and one tick (≤ 16 MiB). Errors of the stream itself are passed on.
 */
export const decodeRecording: DecodeRecording = async function* (chunks) {
  const reader = byteReader(chunks)
  let start = 0
  try {
    const header = await readHeader(reader)
    yield header
    let previous: Tick | null = null
    while (true) {
      start = reader.offset
      if (await reader.ended()) return
      const frame: Tick | End = await readFrame(reader, header, previous)
      yield frame
      if (frame.item === 'end') break
      previous = frame
    }
    start = reader.offset
    if (!(await reader.ended())) throw new Broken('bytes after the end')
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    yield { item: 'broken', offset: start, reason: error.message }
  } finally {
    await reader.close()
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const lineOf = async (reader: ByteReader, limit: number, what: string): Promise<string> => {
  const line = await reader.line(limit)
  if (line === null) throw new Broken((await reader.ended()) ? `ends within ${what}` : `${what} is too long`)
  try {
    return utf8.decode(line)
  } catch {
    throw new Broken(`${what} is not UTF-8`)
  }
}

const readHeader = async (reader: ByteReader): Promise<Header> => {
  const line = async (): Promise<string> => lineOf(reader, MAX_HEADER_BYTES - reader.offset, 'the header')
  const field = async (key: string, pattern: RegExp): Promise<string> => {
    const text = await line()
    const value = text.startsWith(`${key} `) ? text.slice(key.length + 1) : null
    if (value === null || !pattern.test(value))
      throw new Broken(`the header's line "${key}" is missing or wrong`)
    return value
  }
  if ((await line()) !== MAGIC) throw new Broken('not a recording of this version')
  const recorder = (await field('recorder', /^(perl|sh)$/)) as RecorderKind
  const rate = Number(await field('rate', /^\d{1,6}(\.\d{1,20})?$/))
  if (rate <= 0) throw new Broken('the rate is not positive')
  const monoResolution = micros(Number(await field('mono-resolution', /^[1-9]\d{0,9}$/)))
  const wallResolution = micros(Number(await field('wall-resolution', /^[1-9]\d{0,9}$/)))
  const count = Number(await field('sources', /^\d{1,5}$/))
  if (count > MAX_SOURCES) throw new Broken(`more than ${MAX_SOURCES} sources`)
  const sources: { id: string; path: string }[] = []
  for (let i = 0; i < count; i++) sources.push(sourceOf(await line()))
  if (new Set(sources.map(source => source.id)).size !== count) throw new Broken('two sources of one id')
  return { item: 'header', recorder, rate, sources, monoResolution, wallResolution }
}

const sourceOf = (text: string): { id: string; path: string } => {
  const space = text.indexOf(' ')
  const id = text.slice(0, Math.max(space, 0))
  if (!SOURCE_ID.test(id)) throw new Broken('a source has no usable id')
  return { id, path: text.slice(space + 1) }
}

/** A frame begins with an empty line, so that a reading's last line is never taken for one. */
const readFrame = async (reader: ByteReader, header: Header, previous: Tick | null): Promise<Tick | End> => {
  if ((await lineOf(reader, 0, 'the gap before a frame')) !== '') throw new Broken('no frame here')
  const line = await lineOf(reader, MAX_LINE_BYTES, "a tick's line")
  const end = /^e (stopped|deadline|full)$/.exec(line)
  if (end) return { item: 'end', reason: end[1] as End['reason'] }
  const words = line.split(' ')
  if (words.length !== 5 + header.sources.length || words[0] !== 't')
    throw new Broken('neither a tick nor an end')
  const [due, mono, wall, ended] = words.slice(1, 5).map(stamp) as [Micros, Micros, Micros, Micros]
  if (ended < mono) throw new Broken('a tick ends before it begins')
  if (previous && (due <= previous.due || mono < previous.mono))
    throw new Broken('a tick is older than the one before')
  const lengths = words.slice(5).map(lengthOf)
  const total = lengths.reduce((sum, length) => sum + Math.max(length, 0), 0)
  if (total > MAX_TICK_BYTES) throw new Broken(`a tick of more than ${MAX_TICK_BYTES} bytes`)
  const bytes = await reader.take(total)
  if (bytes === null) throw new Broken("ends within a tick's readings")
  return {
    item: 'tick',
    due,
    mono,
    end: ended,
    wall,
    readings: readingsOf(header, { mono, wall }, lengths, bytes),
  }
}

const readingsOf = (
  header: Header,
  at: { readonly mono: Micros; readonly wall: Micros },
  lengths: readonly number[],
  bytes: Uint8Array,
): Reading[] => {
  let offset = 0
  return header.sources.map(({ id }, i) => {
    const length = lengths[i] as number
    if (length < 0) return { source: id, ...at, bytes: null, error: errnoName(-length) }
    offset += length
    return { source: id, ...at, bytes: bytes.subarray(offset - length, offset) }
  })
}

const stamp = (text: string): Micros => {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new Broken('a stamp is not a number of µs')
  return micros(value)
}

/** Bytes that follow, or a negative errno. */
const lengthOf = (text: string): number => {
  if (!/^(0|-?[1-9]\d{0,7})$/.test(text)) throw new Broken('a length is not a number')
  return Number(text)
}
