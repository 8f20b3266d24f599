import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import type { ArchiveFs } from './archive.ts'

/** Node's own file system; every call is durable when it resolves. */
export const nodeFs: ArchiveFs = {
  async writeNew(path, content, mode) {
    const file = await open(path, 'wx', mode)
    try {
      let bytes = 0
      for await (const chunk of content) {
        await file.writeFile(chunk)
        bytes += chunk.byteLength
      }
      await file.sync()
      return bytes
    } finally {
      await file.close()
    }
  },

  rename,

  async append(path, text) {
    const file = await open(
      path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
      0o644,
    )
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  },

  async fsyncFolder(path) {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  },
}
