import { link, mkdtemp, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { JoulemarkError } from '../../model/error.ts'
import { type ArchivedImage, readArchive } from './read-archive.ts'
import { stopped } from './tool.ts'
import { type NamedImage, writeArchive } from './write-archive.ts'

export interface MadeArchive {
  readonly bytes: number
  readonly images: readonly ArchivedImage[]
}

export interface ArchiveRequest {
  readonly out: string
  readonly signal: AbortSignal
  /** Gives the images. Their files may lie in the folder that it is given: one beside the archive, since it has to hold as much. */
  readonly collect: (folder: string) => Promise<readonly NamedImage[]>
  /** Throws for images that are not what was asked for. */
  readonly judge?: (images: readonly ArchivedImage[]) => void
}

/**
 * Writes an OCI archive and reads it back; the file has its name only when it is whole.
 * @throws JoulemarkError `archive-there` (exit `usage`) before anything is done
 */
export async function makeArchive({ out, signal, collect, judge }: ArchiveRequest): Promise<MadeArchive> {
  const path = resolve(out)
  await refusePresent(path, out)
  const folder = await mkdtemp(join(dirname(path), '.joulemark-images-'))
  try {
    const made = join(folder, 'archive.tar')
    await writeArchive(made, await collect(folder), signal)
    const images = await readArchive(made, signal)
    judge?.(images)
    if (signal.aborted) throw stopped()
    // Not over a file that came meanwhile.
    await link(made, path)
    return { bytes: (await stat(path)).size, images }
  } catch (error) {
    throw signal.aborted ? stopped() : error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function refusePresent(path: string, out: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null) return
  throw new JoulemarkError({
    code: 'archive-there',
    exit: 'usage',
    message: `${out} is there already`,
    hint: 'remove it, or choose another name (--out)',
  })
}
