import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(e => e.isFile()).map(e => path.join(e.parentPath, e.name))
}

/** What every file below a folder says, by its relative path; `.gz` is decompressed. */
export async function contents(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const file of await filesBelow(folder)) {
    const bytes = await readFile(file)
    found.set(path.relative(folder, file), file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
  }
  return found
}

/** sha512 of every file below a folder, by its relative path. */
export async function hashes(folder: string): Promise<Record<string, string>> {
  const files = await filesBelow(folder)
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
