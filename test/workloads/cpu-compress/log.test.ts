import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseLoopLine, workerLedger } from '../../../workloads/cpu-compress/log.ts'

const ledgerOf = (lines: readonly string[]) => {
  const ledger = workerLedger()
  const taken = lines.map(line => {
    const parsed = parseLoopLine(line)
    return parsed !== undefined && ledger.take(parsed)
  })
  return { taken, lost: ledger.lost(), workers: ledger.workers }
}
const at = (seconds: number): string => `${1_795_416_000 + seconds}000000000`
const micros = (seconds: number): number => (1_795_416_000 + seconds) * 1_000_000

test('a pass that ends before it starts is no pass', () => {
  expect(parseLoopLine(`pass 1 ${at(2)} ${at(1)} 1 ok`)).toBeUndefined()
})

test('a compressor that died in a pass is lost from its start, one between passes from its last line, one never seen from the begin', () => {
  const lines = [
    `begin 4 ${at(0)}`,
    `start 1 ${at(1)}`,
    `start 2 ${at(1)}`,
    `pass 1 ${at(1)} ${at(5)} 9 ok`,
    `pass 2 ${at(1)} ${at(6)} 9 ok`,
    `check 2 ${at(1)} ${at(7)} right`,
    `start 3 ${at(1)}`,
    `start 1 ${at(8)}`,
    `pass 3 ${at(1)} ${at(9)} 9 ok`,
    `end 3 ${at(9)}`,
  ]
  const { taken, lost, workers } = ledgerOf(lines)
  expect(taken).not.toContain(false)
  expect(workers).toBe(4)
  expect(lost).toEqual([8, 7, 0].map(micros))
})

test.each([
  ['a pass without its start', [`begin 1 ${at(0)}`, `pass 1 ${at(1)} ${at(2)} 9 ok`]],
  [
    'a pass with the start of another',
    [`begin 1 ${at(0)}`, `start 1 ${at(1)}`, `pass 1 ${at(2)} ${at(3)} 9 ok`],
  ],
  ['a start in a pass', [`begin 1 ${at(0)}`, `start 1 ${at(1)}`, `start 1 ${at(2)}`]],
  ['an end in a pass', [`begin 1 ${at(0)}`, `start 1 ${at(1)}`, `end 1 ${at(2)}`]],
  ['a start after the end', [`begin 1 ${at(0)}`, `end 1 ${at(1)}`, `start 1 ${at(2)}`]],
  ['a compressor that can not be', [`begin 1 ${at(0)}`, `start 2 ${at(1)}`]],
  ['a line before the begin', [`start 1 ${at(1)}`]],
])('%s shows that a line is missing', (_, lines) => {
  expect(ledgerOf(lines).taken.at(-1)).toBe(false)
})

test('law: what the loop prints is what is read', () => {
  const nanos = fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 4_000_000_000_000_000_000n })
  fc.assert(
    fc.property(
      nanos,
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.nat(),
      fc.boolean(),
      (from, long, bytes, ok) => {
        const line = `pass 3 ${from} ${from + long} ${bytes} ${ok ? 'ok' : 'failed'}`
        expect(parseLoopLine(line)).toEqual({
          kind: 'pass',
          worker: 3,
          from: Number(from / 1000n),
          at: Number((from + long) / 1000n),
          bytes,
          ok,
        })
      },
    ),
    { seed: 1 },
  )
})
