import { expect, test } from 'vitest'
import { idle } from '../../../workloads/idle/workload.ts'

test('an hour of one host is one unit, and no parameter changes that', () => {
  expect((idle.unitsPerSecond ?? Number.NaN) * 3600).toBeCloseTo(1, 12)
  expect(idle.params.safeParse({ anything: 1 }).success).toBe(false)
})
