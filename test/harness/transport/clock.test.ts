import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { makeProbe, probeClock } from '../../../harness/transport/clock.ts'

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

test.each([
  '',
  'x',
  '1 2',
  '1.5 2 3',
  '1 2 3 4',
  '-1 2 3',
  `${'9'.repeat(21)} 1 1`,
  '99999999999999999999 1 1',
])('%j is no reading', line => {
  expect(makeProbe(line, 0, 0)).toBeNull()
})

test('an answer without an end is given up after a line, not read for ever', async () => {
  const stdout = new PassThrough({ highWaterMark: 64 })
  let sent = 0
  const send = (): void => {
    while (!stdout.destroyed && sent < 100_000) {
      sent += 64
      if (!stdout.write('9'.repeat(64))) return
    }
  }
  stdout.on('drain', send)
  const channel = {
    stdin: new PassThrough().on('data', send),
    stdout,
    stderr: new PassThrough(),
    exit: new Promise<never>(() => {}),
    kill: () => {},
    close: () => stdout.destroy(),
  }
  const opener = { open: async () => channel }
  await expect(probeClock(opener, 'web', () => 0)).rejects.toMatchObject({ code: 'clock-unreadable' })
  expect(sent).toBeLessThan(10_000)
})
