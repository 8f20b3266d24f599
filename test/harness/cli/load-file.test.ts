import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadFile } from '../../../harness/cli/load-file.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jm-load-file-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test('what is no regular file is refused, and not waited for', async () => {
  const fifo = join(dir, 'fifo.yaml')
  await execa('mkfifo', [fifo])
  await expect(loadFile(fifo)).rejects.toMatchObject({
    code: 'file-unreadable',
    message: `${fifo}: it is no regular file`,
  })
})

test('what is larger than any campaign is not read', async () => {
  const file = join(dir, 'large.yaml')
  await writeFile(file, Buffer.alloc((4 << 20) + 1, '#'))
  await expect(loadFile(file)).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining('at most 4194304 are read'),
  })
})

test.each([
  ['gone.yaml', 'there is no such file'],
  ['.', 'it is a folder'],
])('%s: %s', async (name, why) => {
  const path = join(dir, name)
  await expect(loadFile(path)).rejects.toMatchObject({ exit: 'usage', message: `${path}: ${why}` })
})
