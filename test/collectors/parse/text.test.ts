import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeLines, minus, plus, scaled, Unreadable, whole } from '../../../collectors/parse/text.ts'

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

test('law: whole numbers of up to 64 bits are read, scaled, added and subtracted exactly', () => {
  fc.assert(
    fc.property(
      u64,
      u64,
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 1024 }),
      (a, b, times, by) => {
        expect(BigInt(whole(a.toString()))).toBe(a)
        expect(BigInt(scaled(whole(a.toString()), times, by))).toBe((a * BigInt(times)) / BigInt(by))
        expect(BigInt(plus(whole(a.toString()), whole(b.toString())))).toBe(a + b)
        expect(minus(whole(a.toString()), whole(b.toString()))).toBe(Number(a - b))
      },
    ),
    { seed: 1 },
  )
})

test.each(['', '-1', '1.5', '0x10', ' 1', '1e3', '123456789012345678901'])(
  '%j is not a whole number',
  text => {
    expect(() => whole(text)).toThrow(Unreadable)
  },
)

test('a line without its end is left out', () => {
  expect(completeLines('a 1\nb 2\nc')).toEqual(['a 1', 'b 2'])
})
