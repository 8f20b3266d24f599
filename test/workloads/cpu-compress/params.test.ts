import { expect, test } from 'vitest'
import { cpuCompress } from '../../../workloads/cpu-compress/workload.ts'

test('levels that 7z does not have are refused', () => {
  expect(cpuCompress.params.safeParse({ tool: '7z', level: 10 }).success).toBe(false)
  expect(cpuCompress.params.safeParse({ tool: 'zstd', level: 19 }).success).toBe(true)
})

test('a check of less than one pass in a thousand is refused', () => {
  expect(cpuCompress.params.safeParse({ verify_every: 1001 }).success).toBe(false)
})
