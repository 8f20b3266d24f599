import { expect, test } from 'vitest'
import { parseEndReport } from '../../../workloads/oltp-postgres/end-report.ts'

test('counts are read; those that a version does not print are absent', () => {
  const text = [
    'scaling factor: 1',
    'number of transactions actually processed: 46',
    'number of failed transactions: 3 (6.122%)',
    'number of transactions skipped: 11 (18.333%)',
    'number of transactions above the 2000.0 ms latency limit: 2/46 (4.348%)',
  ]
  expect(parseEndReport(text.join('\n'))).toEqual({ done: 46, failed: 3, skipped: 11 })
  expect(parseEndReport(text.slice(0, 2).join('\n'))).toEqual({ done: 46, failed: null, skipped: null })
  expect(parseEndReport('number of transactions actually processed: 30/30\n')?.done).toBe(30)
  expect(parseEndReport('pgbench: error: connection failed')).toBeUndefined()
})
