import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { micros } from '../../../harness/model/units.ts'
import {
  lineFamily,
  MAX_TEXT,
  type Point,
  printLine,
  printTime,
  printValue,
} from '../../../harness/store/line.ts'
import { parseLine } from './parse-line.ts'

const point = (over: Partial<Point>): Point => ({
  measurement: 'cpu',
  field: 'user',
  tags: { run: 'r' },
  value: { type: 'integer', value: 1n },
  time: micros(1_700_000_000_000_001),
  ...over,
})

const textOf = (p: Point): string => {
  const printed = printLine(p)
  if ('reason' in printed) throw new Error(printed.reason)
  return printed.text
}

const ORDINARY = ['a', 'Z', '0', ' ', ',', '=', '"', '\\', '#', 'é', '漢', '😀']
const nasty = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom(...ORDINARY), maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...ORDINARY, '\n', '\t', '\0', '\ud800'), maxLength: 12 }),
  },
)
const value = fc.oneof(
  fc.record({
    type: fc.constant('integer' as const),
    value: fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  }),
  fc.record({ type: fc.constant('float' as const), value: fc.double() }),
  fc.record({ type: fc.constant('text' as const), value: nasty }),
)

test('law: what is printed reads back as it was, bit for bit; what could not is refused with a reason', () => {
  let printed = 0
  fc.assert(
    fc.property(nasty, nasty, value, fc.maxSafeNat(), (instance, host, fieldValue, time) => {
      const given = point({ tags: { instance, host, run: 'r' }, value: fieldValue, time: micros(time) })
      const line = printLine(given)
      if ('reason' in line) return line.reason !== ''
      printed += 1
      const tags = Object.entries(given.tags).filter(([, text]) => text !== '')
      expect(line.text).not.toMatch(/\p{Cc}/u)
      expect(parseLine(line.text)).toEqual({
        measurement: 'cpu',
        tags: tags.sort(([a], [b]) => (a < b ? -1 : 1)),
        field: 'user',
        value: fieldValue,
        nanos: BigInt(time) * 1000n,
      })
      expect(lineFamily(line.text)).toEqual({ measurement: 'cpu', field: 'user' })
      return true
    }),
    { numRuns: 3000, seed: 31 },
  )
  expect(printed).toBeGreaterThan(500)
})

test('law: every finite double and every 64-bit integer can be printed', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (float, integer) => {
        expect(
          Object.is(parseLine(textOf(point({ value: { type: 'float', value: float } }))).value.value, float),
        ).toBe(true)
        expect(textOf(point({ value: { type: 'integer', value: integer } }))).toContain(` user=${integer}i `)
      },
    ),
    { seed: 32 },
  )
})

test('tags are sorted, empty ones are left out, time is in nanoseconds', () => {
  expect(textOf(point({ tags: { run: 'r 1', host: 'a,b', role: '', campaign: 'x=y' } }))).toBe(
    'cpu,campaign=x\\=y,host=a\\,b,run=r\\ 1 user=1i 1700000000000001000',
  )
})

test.each([
  ['NaN', point({ value: { type: 'float', value: Number.NaN } })],
  ['infinity', point({ value: { type: 'float', value: Number.POSITIVE_INFINITY } })],
  ['an integer beyond 64 bits', point({ value: { type: 'integer', value: 2n ** 63n } })],
  ['a time that is not whole', point({ time: micros(1.5) })],
  ['a time before 1970', point({ time: micros(-1) })],
  ['a measurement with a comma', point({ measurement: 'cpu,x=1' })],
  ['a field called time', point({ field: 'time' })],
  ['a reserved tag', point({ tags: { _field: 'x' } })],
  ['a tag with a line end', point({ tags: { host: 'a\nb' } })],
  ['a tag that ends in a backslash', point({ tags: { host: 'a\\' } })],
  ['half of a surrogate pair', point({ tags: { host: '\udc00' } })],
  ['a text that is too long', point({ value: { type: 'text', value: 'x'.repeat(MAX_TEXT + 1) } })],
])('%s can not be printed', (_name, given) => {
  expect(printLine(given)).toEqual({ reason: expect.any(String) })
})

test('zero is a time and a value, and minus zero stays', () => {
  expect(printTime(0)).toEqual({ text: '0' })
  expect(printValue({ type: 'float', value: -0 })).toEqual({ text: '-0' })
})
