import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyDifferences } from '../../../results/compare/keys.ts'

test('parts are named down to the leaf, sorted, with both values', () => {
  expect(
    keyDifferences(
      { a: { b: { c: 1 }, d: [1] }, e: 'x' },
      { a: { b: { c: 2 }, d: [1, 2] }, e: 'x', f: null },
    ),
  ).toEqual([
    { part: 'a.b.c', a: 1, b: 2 },
    { part: 'a.d', a: [1], b: [1, 2] },
  ])
})

test('a key does not differ from itself, and what differs does so from both sides', () => {
  const key = fc.dictionary(
    fc.string(),
    fc.oneof(fc.integer(), fc.string(), fc.dictionary(fc.string(), fc.boolean())),
  )
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(keyDifferences(a, a)).toEqual([])
      expect(keyDifferences(b, a)).toEqual(keyDifferences(a, b).map(d => ({ part: d.part, a: d.b, b: d.a })))
    }),
  )
})
