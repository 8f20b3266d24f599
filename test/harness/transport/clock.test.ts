import { expect, test } from 'vitest'
import { makeProbe } from '../../../harness/transport/clock.ts'

test('the offset is taken at the middle of the round trip, and half of that is its bound', () => {
  const probe = makeProbe('1795416000250000000 86400000000000 1', 1_795_416_000_000_000, 100_000)
  expect(probe).toEqual({
    at: 1_795_416_000_050_000,
    offset: 200_000,
    uncertainty: 50_000 + 500,
    wall: 1_795_416_000_250_000,
    boot: 86_400_000_000,
    resolution: 1,
  })
})

test('a coarse clock adds half of its step', () => {
  expect(makeProbe('1795416000000000000 1 20000000', 1_795_416_000_000_000, 0)).toMatchObject({
    resolution: 20_000,
    uncertainty: 500 + 10_000,
  })
})

test('nanoseconds beyond 2^53 are read exactly', () => {
  expect(makeProbe('1795416000123456789 1000 1', 0, 0)?.wall).toBe(1_795_416_000_123_456)
})

test.each(['', 'x', '1 2', '1.5 2 3', '1 2 3 4', '-1 2 3'])('%j is no reading', line => {
  expect(makeProbe(line, 0, 0)).toBeNull()
})
