import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readBytes, readText } from '../../../results/archive/read-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('a file is read whole, up to its largest size; one that is not there is null', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  await writeFile(path, Buffer.from([0, 255, 10]))
  expect(await readBytes(path, 3)).toEqual(Buffer.from([0, 255, 10]))
  await expect(readBytes(path, 2)).rejects.toMatchObject({ code: 'archive-corrupt', exit: 'corrupt' })
  await expect(readText(path, 3)).rejects.toThrow(/not UTF-8/)
  expect(await readBytes(join(folder.path, 'none'), 3)).toBeNull()
})

test('a link, a pipe, a socket and a folder are no files, and nothing is waited for', async () => {
  await using folder = await temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  await writeFile(at('file'), 'x')
  await symlink(at('file'), at('link'))
  await promisify(execFile)('mkfifo', [at('pipe')])
  const server = createServer().listen(at('socket'))
  await once(server, 'listening')
  try {
    for (const name of ['link', 'pipe', 'socket', '.'])
      await expect(readBytes(at(name), 10), name).rejects.toMatchObject({ code: 'archive-corrupt' })
  } finally {
    server.close()
  }
})
