import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { below, next, type RandomState, seeded, shuffle } from '../../../harness/model/random.ts'

const ascending = (a: number, b: number): number => a - b

const take = (count: number, seed: number): readonly number[] => {
  const values: number[] = []
  let state: RandomState = seeded(seed)
  for (let i = 0; i < count; i += 1) {
    const drawn = next(state)
    values.push(drawn.value)
    state = drawn.state
  }
  return values
}

test('numbers are the same for ever (expected ones from a C program of the algorithm)', () => {
  expect(take(4, 1)).toEqual([2012149540, 1872316204, 1707632675, 1779833415])
})

test('every word of the seed counts, numbers are 32 bit and evenly spread', () => {
  expect(take(4, 1)).not.toEqual(take(4, 1 + 2 ** 32))
  const values = take(4096, 7)
  expect(values.every(value => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length / 2 ** 32
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.02)
})

test('a shuffle keeps all items, gives every order, and the same order for the same state', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.maxSafeNat(), (items, seed) => {
      const drawn = shuffle(items, seeded(seed))
      expect([...drawn.items].sort(ascending)).toEqual([...items].sort(ascending))
      expect(shuffle(items, seeded(seed))).toEqual(drawn)
    }),
  )
  const orders = new Map<string, number>()
  for (let seed = 0; seed < 6000; seed += 1) {
    const text = shuffle(['a', 'b', 'c'], seeded(seed)).items.join('')
    orders.set(text, (orders.get(text) ?? 0) + 1)
  }
  expect(orders.size).toBe(6)
  for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
})

test('below stays below', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.maxSafeNat(), (limit, seed) => {
      const { value } = below(seeded(seed), limit)
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThan(limit)
    }),
  )
})
