import { readdir, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { Plan } from '../../harness/model/plan.ts'
import type { LedgerLine } from '../../harness/model/run.ts'
import type { ArchiveFs } from './archive.ts'
import {
  BAG_INFO,
  BAGIT,
  BAGIT_TEXT,
  hashFile,
  MANIFEST,
  printBagInfo,
  printManifest,
  sha512,
  TAG_MANIFEST,
} from './bagit.ts'
import { pathExists, writeWhole } from './durable.ts'
import { isTemporaryName, LAYOUT } from './paths.ts'

export interface SealSources {
  readonly readPlan: () => Promise<Plan>
  readonly readLedger: () => Promise<readonly LedgerLine[]>
}

/**
 * Writes the tag files of a bag over data/, the tag manifest last. A sealed campaign stays as it is; what an interrupted sealing left
 * is written anew.
 * @throws JoulemarkError `archive-corrupt` when data/ holds anything but files and folders
 */
export async function writeSeal(fs: ArchiveFs, root: string, sources: SealSources): Promise<void> {
  if (await pathExists(join(root, TAG_MANIFEST))) return
  const payload = await hashPayload(root)
  await removeEmptyFolders(fs, root)
  const plan = await sources.readPlan()
  const info = printBagInfo({
    tool: plan.tool,
    campaign: basename(root),
    title: plan.title,
    lastMicros: lastTime(await sources.readLedger()),
    octets: payload.octets,
    files: payload.hashes.size,
  })
  const manifest = printManifest(payload.hashes)
  const tags = new Map([
    [BAGIT, BAGIT_TEXT],
    [BAG_INFO, info],
    [MANIFEST, manifest],
  ])
  for (const [name, content] of tags) await writeWhole({ fs, path: join(root, name), content, replace: true })
  const tagHashes = new Map([...tags].map(([name, content]) => [name, sha512(content)]))
  await writeWhole({ fs, path: join(root, TAG_MANIFEST), content: printManifest(tagHashes) })
}

/** Latest time in the ledger, µs; null when it has no line. */
const lastTime = (ledger: readonly LedgerLine[]): number | null =>
  ledger.reduce<number | null>((last, line) => (last === null || line.at > last ? line.at : last), null)

async function hashPayload(
  root: string,
): Promise<{ readonly hashes: Map<string, string>; readonly octets: number }> {
  const hashes = new Map<string, string>()
  let octets = 0
  const { entries } = await readPayload(root)
  for (const entry of entries) {
    const path = join(root, entry.path)
    if (isTemporaryName(basename(entry.path))) {
      // What a crash left of a file that was never whole is no part of the record.
      await rm(path, { recursive: true, force: true })
      continue
    }
    if (!entry.isFile) {
      throw new JoulemarkError({
        code: 'archive-corrupt',
        exit: 'corrupt',
        message: `${path} is neither a file nor a folder; it can't be sealed`,
        place: { file: path },
        hint: 'remove it and seal again with joulemark run --resume DIR',
      })
    }
    const { hash, bytes } = await hashFile(path)
    hashes.set(entry.path, hash)
    octets += bytes
  }
  return { hashes, octets }
}

/** A manifest names files alone (RFC 8493): a folder without one could come and go unseen, so none is sealed. */
async function removeEmptyFolders(fs: ArchiveFs, root: string): Promise<void> {
  for (;;) {
    const { empty } = await readPayload(root)
    if (empty.length === 0) return
    for (const folder of empty) {
      const path = join(root, folder)
      await rmdir(path)
      await fs.fsyncFolder(dirname(path))
    }
  }
}

export interface PayloadEntry {
  /** Relative to the campaign's folder: `data/…`. */
  readonly path: string
  readonly isFile: boolean
}

export interface Payload {
  /** Everything that is not a folder, sorted by path. */
  readonly entries: readonly PayloadEntry[]
  /** Folders with nothing in them, sorted; data/runs, which every campaign has, is none of them. */
  readonly empty: readonly string[]
}

/** What is below data/; links are not followed. */
export async function readPayload(root: string): Promise<Payload> {
  const entries: PayloadEntry[] = []
  const empty: string[] = []
  const walk = async (below: string): Promise<void> => {
    const found = await readdir(join(root, below), { withFileTypes: true })
    if (found.length === 0 && below !== LAYOUT.data && below !== LAYOUT.runs) empty.push(below)
    for (const entry of found) {
      const path = `${below}/${entry.name}`
      if (entry.isDirectory()) await walk(path)
      else entries.push({ path, isFile: entry.isFile() })
    }
  }
  await walk(LAYOUT.data)
  return { entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)), empty: empty.sort() }
}
