import { expect, test } from 'vitest'
import { cpuMillis, memoryBytes } from '../../../../harness/cli/check/check-cluster.ts'

test.each([
  ['2', 2000],
  ['1500m', 1500],
  ['0.5', 500],
])('%s CPUs', (text, millis) => {
  expect(cpuMillis(text)).toBe(millis)
})

test.each([
  ['16387108Ki', 16_387_108 * 1024],
  ['16Gi', 16 * 1024 ** 3],
  ['1G', 1e9],
  ['128974848', 128_974_848],
])('%s of memory', (text, bytes) => {
  expect(memoryBytes(text)).toBe(bytes)
})

test.each(['', 'many', '1e3', '-1', '12Qi'])('%j is no quantity that is known', text => {
  expect(memoryBytes(text)).toBeNaN()
  expect(cpuMillis(text)).toBeNaN()
})
