import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** sha512 of every file below a folder, by its relative path. */
export async function hashes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(e => e.isFile()).map(e => path.join(e.parentPath, e.name))
  const pairs = await Promise.all(
    files.map(
      async f =>
        [
          path.relative(folder, f),
          createHash('sha512')
            .update(await readFile(f))
            .digest('hex'),
        ] as const,
    ),
  )
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
}
