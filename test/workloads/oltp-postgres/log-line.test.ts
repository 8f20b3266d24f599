import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTransaction } from '../../../workloads/oltp-postgres/log-line.ts'

const at = 1_795_416_360_562_153

test.each([
  ['13 and later, no rate', '0 199 2241 0 1795416360 562153', { outcome: 'done', at, latency: 2241 }],
  ['with a rate: schedule lag', '0 1 4918 0 1795416360 562153 115', { outcome: 'done', at, latency: 4918 }],
  [
    '15 and later with retries',
    '3 0 47423 4 1795416360 562153 34501 3',
    { outcome: 'done', at, latency: 47423 },
  ],
  ['not started in time', '0 2 skipped 0 1795416360 562153 0', { outcome: 'skipped', at }],
  ['15: failed', '1 0 failed 4 1795416360 562153', { outcome: 'failed', at, latency: null }],
  [
    '15: failed, in detail',
    '2 1 serialization 0 1795416360 562153',
    { outcome: 'failed', at, latency: null },
  ],
])('%s', (_, line, transaction) => {
  expect(parseTransaction(line)).toEqual(transaction)
})

test.each([
  '',
  '0 1 4918 0 1795416360',
  '0 1 -5 0 1795416360 1',
  '0 1 4918 0 1795416360 1000000',
  '0 1 what 0 1795416360 562153',
  '0 1 4918 0 1795416360 562153 1 2 3',
  '0 1 4918 0 1e9 562153',
  '0  1 4918 0 1795416360 562153',
])('not a line of the log: %j', line => {
  expect(parseTransaction(line)).toBeUndefined()
})

test('law: never an error, and never a time that is not a whole number of microseconds', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat().map(String), fc.string()), { maxLength: 9 }), words => {
      const parsed = parseTransaction(words.join(' '))
      expect(parsed === undefined || Number.isSafeInteger(parsed.at)).toBe(true)
    }),
    { seed: 1, numRuns: 500 },
  )
})
