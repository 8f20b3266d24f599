import { expect, test } from 'vitest'
import { sha256 } from '../../../workloads/sha256.ts'
import { fileName, servedFile } from '../../../workloads/web-static/content.ts'

test('equal seeds give equal files, on every machine', async () => {
  const file = servedFile(1, 0, 1000)
  expect(file.name).toBe('file-0000.txt')
  expect(file.content).toHaveLength(1000)
  expect(await sha256(file.content)).toBe('6b45b7f47a02d9397cd661533ef6f2c0560d72e6ee86cf1db5af0a34021e742d')
  expect(servedFile(1, 0, 1000).content).toEqual(file.content)
})

test('files of one site and of other seeds differ', () => {
  const first = servedFile(1, 0, 64).content
  expect(servedFile(1, 1, 64).content).not.toEqual(first)
  expect(servedFile(2, 0, 64).content).not.toEqual(first)
  expect(fileName(12)).toBe('file-0012.txt')
})
