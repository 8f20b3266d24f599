import { lstat, mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { ArchiveFs, FileContent } from './archive.ts'
import { isMissing, temporaryName } from './paths.ts'

export async function pathExists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Content as pieces of bytes; text becomes UTF-8. */
export async function* contentBytes(content: FileContent): AsyncIterable<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content, 'utf8')
  else if (content instanceof Uint8Array) yield content
  else yield* content
}

/** Makes a folder and its missing parents, each entry durable. */
export async function makeFolder(fs: ArchiveFs, path: string, mode = 0o755): Promise<void> {
  if (await pathExists(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(fs, parent, mode)
  // Not `recursive`: below /proc Node tries that for ever.
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await fs.fsyncFolder(parent)
}

export interface WriteWhole {
  readonly fs: ArchiveFs
  /** Absolute; its folder is made when missing. */
  readonly path: string
  readonly content: FileContent
  /** Permission bits of the file; default 0644. */
  readonly mode?: number
  /** Permission bits of folders that are made; default 0755. */
  readonly folderMode?: number
  /** Take the place of a file of that name; default: refuse. */
  readonly replace?: boolean
}

/**
 * Writes a file whole or not at all: temporary name in the same folder, fsync, rename, fsync of the folder.
 * What a crash left under the temporary name is written anew.
 * @returns bytes in the file
 * @throws JoulemarkError `file-exists` unless `replace`
 */
export async function writeWhole(o: WriteWhole): Promise<{ readonly bytes: number }> {
  const folder = dirname(o.path)
  await makeFolder(o.fs, folder, o.folderMode)
  if (o.replace !== true) await refuseExisting(o.path)
  const temporary = join(folder, temporaryName(basename(o.path)))
  await rm(temporary, { force: true })
  try {
    const bytes = await o.fs.writeNew(temporary, contentBytes(o.content), o.mode ?? 0o644)
    if (o.replace !== true) await refuseExisting(o.path)
    await o.fs.rename(temporary, o.path)
    await o.fs.fsyncFolder(folder)
    return { bytes }
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

async function refuseExisting(path: string): Promise<void> {
  if (!(await pathExists(path))) return
  throw new JoulemarkError({
    code: 'file-exists',
    message: `${path} is already there; nothing in an archive is written twice`,
    place: { file: path },
  })
}
