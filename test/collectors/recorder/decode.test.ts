import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRecording } from '../../../collectors/recorder/decode.ts'
import { encodeRecording } from '../../../collectors/recorder/encode.ts'
import type { RecordingItem } from '../../../harness/model/recorder.ts'
import { collect, concat, inPieces, recordings } from './recording-law.ts'

const decode = (bytes: Uint8Array, size = 1 << 16): Promise<RecordingItem[]> =>
  collect(decodeRecording(inPieces(bytes, size)))
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const HEADER =
  'joulemark-recording 1\nrecorder perl\nrate 1\nmono-resolution 1\nwall-resolution 1\nsources 1\na/b /x\n'

/** The last item's reason; fails the test unless it is `broken`. */
const brokenReason = async (value: string): Promise<string> => {
  const last = (await decode(text(value))).at(-1)
  if (last?.item !== 'broken') throw new Error(`not broken: ${JSON.stringify(last)}`)
  return last.reason
}

test('decoding what was encoded gives the same items, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(recordings, fc.integer({ min: 1, max: 64 }), async (items, size) => {
      expect(await decode(concat(encodeRecording(items)), size)).toEqual(items)
    }),
  )
})

test('a torn recording gives all whole ticks before the tear, and at most one item about the tear', async () => {
  await fc.assert(
    fc.asyncProperty(recordings, fc.double({ min: 0, max: 1, noNaN: true }), async (items, share) => {
      const whole = concat(encodeRecording(items))
      const cut = Math.floor(whole.length * share)
      const got = await decode(whole.slice(0, cut))
      const good = got.filter(item => item.item !== 'broken')
      expect(good).toEqual(items.slice(0, good.length))
      expect(got.length - good.length).toBeLessThanOrEqual(1)
      const bytesOfGood = good.length === 0 ? 0 : concat(encodeRecording(items.slice(0, good.length))).length
      const broken = got.find(item => item.item === 'broken')
      expect(broken === undefined ? cut : broken.offset).toBe(bytesOfGood)
    }),
  )
})

test('any bytes are read without throwing and end in at most one broken item, the last', async () => {
  await fc.assert(
    fc.asyncProperty(
      recordings,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
      async (items, flips) => {
        const bytes = concat(encodeRecording(items))
        for (const [at, value] of flips) bytes[at % bytes.length] = value
        const got = await decode(bytes, 17)
        expect(got.slice(0, -1).some(item => item.item === 'broken')).toBe(false)
        expect(got.length).toBeGreaterThan(0)
      },
    ),
  )
})

test('a recording without end is one whose recorder was killed: no broken item', async () => {
  expect((await decode(text(`${HEADER}\nt 1 2 3 4 2\nok`))).map(item => item.item)).toEqual([
    'header',
    'tick',
  ])
})

test('a reading that looks like frames stays a reading', async () => {
  const fake = '\ne stopped\n\nt 5 5 5 5 0\n'
  const items = await decode(text(`${HEADER}\nt 1 2 3 4 ${fake.length}\n${fake}\ne full\n`))
  expect(items.map(item => item.item)).toEqual(['header', 'tick', 'end'])
  expect(items.at(-1)).toEqual({ item: 'end', reason: 'full' })
})

test('absent, empty and failed readings are three things', async () => {
  const header = HEADER.replace('sources 1\na/b /x', 'sources 3\na/b /x\na/c /y\na/d /z')
  const tick = (await decode(text(`${header}\nt 1 2 3 4 0 -13 -77\n`)))[1]
  expect(tick?.item === 'tick' && tick.readings.map(r => [r.bytes?.length, r.error])).toEqual([
    [0, undefined],
    [undefined, 'EACCES'],
    [undefined, '77'],
  ])
})

test.each([
  ['', 'ends within the header'],
  ['joulemark-recording 2\n', 'not a recording of this version'],
  ['x'.repeat((1 << 20) + 1), 'the header is too long'],
  [HEADER.replace('rate 1', 'rate 0'), 'the rate is not positive'],
  [HEADER.replace('sources 1', 'sources 99999'), 'more than 4096 sources'],
  [HEADER.replace('sources 1\n', 'sources 2\na/b /y\n'), 'two sources of one id'],
  [`${HEADER}\nt 1 2 3 4\n`, 'neither a tick nor an end'],
  [HEADER.replace('a/b /x', '/x'), 'a source has no usable id'],
  [`${HEADER}\nt 1 2 3 4 99999999\n`, 'a tick of more than 16777216 bytes'],
  [`${HEADER}\nt 1 2 3 4 -0\n`, 'a length is not a number'],
  [`${HEADER}\nt 1 2 3 9007199254740993 1\nx`, 'a stamp is not a number of µs'],
  [`${HEADER}\nt 1 2 3 1 0\n`, 'a tick ends before it begins'],
  [`${HEADER}\nt 1 2 3 4 0\n\nt 1 5 6 7 0\n`, 'a tick is older than the one before'],
  [`${HEADER}\nt 1 2 3 4 5\nabc`, "ends within a tick's readings"],
  [`${HEADER}\nt ${'1 '.repeat(50_000)}`, "a tick's line is too long"],
  [`${HEADER}\ne stopped\n\ne stopped\n`, 'bytes after the end'],
])('says what is wrong: %#', async (bytes, reason) => {
  expect(await brokenReason(bytes)).toBe(reason)
})

test('an error of the stream is passed on, and the stream is closed', async () => {
  let closed = false
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield text(HEADER)
      throw new Error('disk')
    } finally {
      closed = true
    }
  }
  await expect(collect(decodeRecording(failing()))).rejects.toThrow('disk')
  expect(closed).toBe(true)
})
