import { lstat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'
import { checkAttachments } from './attachments.ts'
import {
  BAG_INFO,
  BAGIT,
  BAGIT_TEXT,
  type Hashes,
  hashFile,
  MANIFEST,
  parseManifest,
  TAG_MANIFEST,
  TAGGED,
} from './bagit.ts'
import { isMissing } from './paths.ts'
import { MAX_BYTES, readText } from './read-file.ts'
import { type Payload, readPayload } from './seal.ts'

/** One file (or folder that was added) that is not as it was sealed. */
export interface SealProblem {
  /** Relative to the campaign's folder. */
  readonly file: string
  readonly problem: 'changed' | 'removed' | 'added' | 'not-a-file' | 'malformed'
  /** Path of the file whose content it now has, when it has that of another (two files swapped). */
  readonly holds?: string
}

export interface SealReport {
  /** `broken`: sealed, and something is not as it was; also a sealing that did not get to its end. */
  readonly state: 'sealed' | 'unsealed' | 'broken'
  readonly problems: readonly SealProblem[]
  /** Files under data/ that were looked at, and their bytes. */
  readonly files: number
  readonly bytes: number
}

/**
 * Checks every file of a campaign against its seal: names each that was changed, removed or added, tag files included. A folder with nothing in
 * it counts as added: its name alone would make a run.
 * Streams; holds one manifest in memory.
 */
export async function checkSeal(dir: string): Promise<SealReport> {
  const root = resolve(dir)
  const tags = await checkTags(root)
  if (tags === 'unsealed') return { state: 'unsealed', problems: [], files: 0, bytes: 0 }
  const payload = await checkPayload(root, tags.manifest)
  const problems = [...tags.problems, ...payload.problems, ...(await checkAttachments(root))]
  if (problems.length === 0 && !(await oxumHolds(root, payload)))
    problems.push({ file: BAG_INFO, problem: 'malformed' })
  return {
    state: problems.length === 0 ? 'sealed' : 'broken',
    problems,
    files: payload.files,
    bytes: payload.bytes,
  }
}

/**
 * Before anything is derived from a campaign: throws when its seal is broken, naming the files; returns what was found otherwise, so
 * that the caller can say that a campaign is not sealed.
 * @throws JoulemarkError `archive-not-intact`, exit `corrupt`
 */
export async function requireIntact(dir: string): Promise<SealReport> {
  const report = await checkSeal(dir)
  if (report.state !== 'broken') return report
  const named = report.problems.slice(0, 20).map(sayProblem).join('; ')
  const more = report.problems.length > 20 ? `; and ${report.problems.length - 20} more` : ''
  throw new JoulemarkError({
    code: 'archive-not-intact',
    exit: 'corrupt',
    message: `${resolve(dir)} is not as it was sealed: ${named}${more}`,
    place: { file: resolve(dir) },
    hint: 'take the campaign from a copy whose hashes hold; a sealing that was interrupted is completed by joulemark run --resume DIR',
    problems: report.problems.map(problem => ({
      code: 'archive-not-intact',
      place: { file: join(resolve(dir), problem.file) },
      message: sayProblem(problem),
    })),
  })
}

const sayProblem = (p: SealProblem): string =>
  p.holds === undefined
    ? `${p.file} ${p.problem}`
    : `${p.file} ${p.problem} (it holds what was sealed as ${p.holds})`

async function checkTags(
  root: string,
): Promise<'unsealed' | { readonly manifest: Hashes | null; readonly problems: readonly SealProblem[] }> {
  const problems: SealProblem[] = []
  const tagText = await readTag(root, TAG_MANIFEST)
  const manifestText = await readTag(root, MANIFEST)
  if (tagText === null && manifestText === null) return 'unsealed'
  if (tagText === null) problems.push({ file: TAG_MANIFEST, problem: 'removed' })
  else problems.push(...(await checkTagManifest(root, tagText)))
  const manifest = manifestText === null ? null : parseManifest(manifestText)
  if (manifestText !== null && manifest === null) problems.push({ file: MANIFEST, problem: 'malformed' })
  return { manifest, problems: onePerFile(problems) }
}

/** Text of a tag file; null: not there. What can't be read as text is given as text that no tag file of ours has. */
async function readTag(root: string, name: string): Promise<string | null> {
  try {
    return await readText(join(root, name), MAX_BYTES.manifest)
  } catch (error) {
    if (error instanceof JoulemarkError && error.code === 'archive-corrupt') return '\ufffd'
    throw error
  }
}

async function checkTagManifest(root: string, text: string): Promise<readonly SealProblem[]> {
  const hashes = parseManifest(text)
  if (hashes === null || hashes.size !== TAGGED.length || TAGGED.some(name => !hashes.has(name))) {
    return [{ file: TAG_MANIFEST, problem: 'malformed' }]
  }
  const problems: SealProblem[] = []
  for (const name of TAGGED) {
    const problem = await compareFile(root, name, hashes.get(name) ?? '')
    if (problem !== null) problems.push(problem)
  }
  const declared = await readTag(root, BAGIT)
  if (declared !== null && declared !== BAGIT_TEXT) problems.push({ file: BAGIT, problem: 'changed' })
  return problems
}

async function compareFile(root: string, path: string, hash: string): Promise<SealProblem | null> {
  const stat = await lstat(join(root, path)).catch(() => null)
  if (stat === null) return { file: path, problem: 'removed' }
  if (!stat.isFile()) return { file: path, problem: 'not-a-file' }
  const found = await hashFile(join(root, path))
  return found.hash === hash ? null : { file: path, problem: 'changed' }
}

const onePerFile = (problems: readonly SealProblem[]): SealProblem[] => [
  ...new Map([...problems].reverse().map(problem => [problem.file, problem])).values(),
]

interface PayloadCheck {
  readonly problems: readonly SealProblem[]
  readonly files: number
  readonly bytes: number
}

async function checkPayload(root: string, manifest: Hashes | null): Promise<PayloadCheck> {
  const problems: SealProblem[] = []
  const sealedAs = new Map([...(manifest ?? [])].map(([path, hash]) => [hash, path]))
  const missing = new Set(manifest?.keys())
  let bytes = 0
  const { entries, empty } = await payloadOf(root)
  for (const entry of entries) {
    missing.delete(entry.path)
    if (!entry.isFile) {
      problems.push({ file: entry.path, problem: 'not-a-file' })
      continue
    }
    const found = await hashFile(join(root, entry.path))
    bytes += found.bytes
    const sealed = manifest?.get(entry.path)
    if (manifest === null || sealed === found.hash) continue
    const holds = sealedAs.get(found.hash)
    const problem = sealed === undefined ? 'added' : 'changed'
    problems.push({ file: entry.path, problem, ...(holds === undefined ? {} : { holds }) })
  }
  for (const path of missing) problems.push({ file: path, problem: 'removed' })
  const emptied = foldersOf(missing)
  for (const folder of manifest === null ? [] : empty)
    if (!emptied.has(folder)) problems.push({ file: folder, problem: 'added' })
  return { problems, files: entries.length, bytes }
}

/** Every folder in which a path lies, at any depth. */
function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const path of paths)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end))
  return folders
}

/** A payload folder that is gone is one whose every file was removed. */
async function payloadOf(root: string): Promise<Payload> {
  try {
    return await readPayload(root)
  } catch (error) {
    if (isMissing(error)) return { entries: [], empty: [] }
    throw error
  }
}

async function oxumHolds(root: string, found: PayloadCheck): Promise<boolean> {
  const info = await readTag(root, BAG_INFO)
  return info !== null && info.split('\n').includes(`Payload-Oxum: ${found.bytes}.${found.files}`)
}
