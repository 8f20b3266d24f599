import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { advance, newCounter } from '../../../collectors/parse/counter.ts'
import { counter } from '../../../collectors/parse/shape.ts'

const plain = counter('reads', '1')

test('law: base + value is the raw counter, however large, as long as it grows', () => {
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n - 2n ** 52n })
  fc.assert(
    fc.property(u64, fc.array(fc.nat(2 ** 31), { maxLength: 50 }), (start, steps) => {
      const c = newCounter()
      let raw = start
      advance(c, raw, plain)
      for (const step of steps) {
        raw += BigInt(step)
        expect(BigInt(c.base) + BigInt(advance(c, raw, plain) ?? Number.NaN)).toBe(raw)
      }
      expect(c.resets).toBe(0)
    }),
    { seed: 1 },
  )
})

test('a step that is not exact as a number is a break, not a rounded value', () => {
  const c = newCounter()
  expect([advance(c, 0, plain), advance(c, 2n ** 60n, plain), advance(c, 2n ** 60n + 3n, plain)]).toEqual([
    0,
    null,
    3,
  ])
})

test('a fall over more than half of the modulus is a wrap, less is a reset', () => {
  const wrapping = counter('io_time', 'µs', { modulus: 1000 })
  const c = newCounter()
  expect([900, 100, 90].map(raw => advance(c, raw, wrapping))).toEqual([0, 200, null])
  expect([c.wraps, c.resets]).toEqual([1, 1])
})
