import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { attachedFile } from '../../harness/model/attachment.ts'
import { JoulemarkError } from '../../harness/model/error.ts'
import { RunRecord } from '../../harness/model/run.ts'
import type { ArchiveFs, RunArchive } from './archive.ts'
import { TAG_MANIFEST } from './bagit.ts'
import { contentBytes, pathExists, writeWhole } from './durable.ts'
import { gunzip, gzipStable } from './gzip.ts'
import { insidePath, isMissing, isTemporaryName, LAYOUT } from './paths.ts'
import { corrupt, MAX_BYTES, parseJson, readChunks, readText } from './read-file.ts'

export interface RunFolder {
  readonly fs: ArchiveFs
  readonly id: string
  /** Absolute path of the campaign's folder. */
  readonly root: string
  /** Throws when data/ may not be written any more. */
  readonly refuseSealed: () => Promise<void>
}

/** One run's folder under data/runs. */
export function runFolder(o: RunFolder): RunArchive {
  const writing = new Set<string>()
  const below = `${LAYOUT.runs}/${o.id}`
  const inside = (path: string): Promise<string> => insidePath(o.root, `${below}/${path}`)

  return {
    id: o.id,
    dir: join(o.root, below),

    async write(path, content, options) {
      if (options?.gzip === true && !path.endsWith('.gz')) {
        throw new JoulemarkError({
          code: 'path-unsafe',
          message: `${path}: a compressed file's name ends in .gz`,
        })
      }
      const target = await inside(path)
      await o.refuseSealed()
      if (writing.has(path)) {
        throw new JoulemarkError({
          code: 'file-exists',
          message: `${path} is being written`,
          place: { file: target },
        })
      }
      writing.add(path)
      try {
        const bytes = contentBytes(content)
        return await writeWhole({
          fs: o.fs,
          path: target,
          content: options?.gzip === true ? gzipStable(bytes) : bytes,
          replace: options?.replace === true && path === LAYOUT.cleanup,
        })
      } finally {
        writing.delete(path)
      }
    },

    read: path => readStored(inside(path), path),

    exists: async path => pathExists(await inside(path)),

    attached: {
      read: meter => readStored(insidePath(o.root, attachedFile(meter, o.id)), meter),
      // Only a sealed campaign can have any: their hashes are checked with the seal.
      exists: async meter =>
        (await pathExists(join(o.root, TAG_MANIFEST))) &&
        pathExists(await insidePath(o.root, attachedFile(meter, o.id))),
    },

    files: async () => listFiles(await insidePath(o.root, below)),

    async record() {
      const path = await inside(LAYOUT.record)
      const text = await readText(path, MAX_BYTES.record)
      if (text === null) return null
      const record = parseJson(text, RunRecord, path)
      if (record.id !== o.id) throw corrupt(path, `it is the record of run ${record.id}, not of ${o.id}`)
      return record
    },
  }
}

async function* readStored(target: Promise<string>, path: string): AsyncIterable<Uint8Array> {
  const file = await target
  try {
    yield* path.endsWith('.gz') ? gunzip(readChunks(file)) : readChunks(file)
  } catch (error) {
    if (isMissing(error)) {
      throw new JoulemarkError({
        code: 'file-missing',
        exit: 'corrupt',
        message: `${file} is not in the archive`,
        place: { file },
        cause: error,
      })
    }
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw corrupt(file, `not a whole gzip file (${String(error.code)})`, error)
    }
    throw error
  }
}

/** Paths of the regular files below a folder, `/`-separated, sorted by code unit; temporary names are left out. */
async function listFiles(dir: string): Promise<readonly string[]> {
  const found: string[] = []
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) await walk(path)
      else if (entry.isFile() && !isTemporaryName(entry.name)) found.push(path)
    }
  }
  try {
    await walk('')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  return found.sort()
}
