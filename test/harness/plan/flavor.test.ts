import { expect, test } from 'vitest'
import { flavorSize } from '../../../harness/plan/flavor.ts'

const GIB = 1024 ** 3

test.each([
  ['SCS-2V-4', 2, 4],
  ['SCS-1L-1', 1, 1],
  ['SCS-4V-16-50', 4, 16],
  ['SCS-8C-32-2x500s', 8, 32],
  ['SCS-16T-64-200s_ICX-nvidia-A100', 16, 64],
  ['SCS-2V-0.5', 2, 0.5],
  ['SCS-2Vi-4uo-20', 2, 4],
])('%s is %d CPUs and %d GiB', (name, cpus, gib) => {
  expect(flavorSize(name)).toEqual({ cpuMillis: cpus * 1000, memoryBytes: gib * GIB })
})

test.each([
  '',
  'SCS-0V-4',
  'SCS-2V',
  'SCS-2V-0',
  'SCS-2X-4',
  'scs-2v-4',
  'm1.small',
  'SCS-2V-4 ',
  'SCS-2V-4;rm',
])('%j is no flavor', name => {
  expect(flavorSize(name)).toBeNull()
})
