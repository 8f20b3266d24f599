import { expect, test } from 'vitest'
import { webStatic } from '../../../workloads/web-static/workload.ts'

test('a site beyond 256 MiB is refused, with the limit', () => {
  const { success, error } = webStatic.params.safeParse({ files: 4096, file_kib: 1024 })
  expect(success).toBe(false)
  expect(error?.issues).toMatchObject([
    { path: ['file_kib'], message: 'files × file_kib is at most 262144 KiB' },
  ])
})

test('a check of less than one answer in a thousand is refused', () => {
  expect(webStatic.params.safeParse({ check_every: 1001 }).success).toBe(false)
})
