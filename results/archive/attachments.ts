import { randomUUID } from 'node:crypto'
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Attachment, attachedFile } from '../../harness/model/attachment.ts'
import { JoulemarkError } from '../../harness/model/error.ts'
import { canonicalJson } from '../../harness/model/json.ts'
import type { ArchiveFs } from './archive.ts'
import { hashFile, sha512, TAG_MANIFEST } from './bagit.ts'
import { makeFolder, pathExists, writeWhole } from './durable.ts'
import { insidePath, isMissing, LAYOUT } from './paths.ts'
import { readText } from './read-file.ts'

const ABOUT = 'attachment.json'
/** An attachment names its runs, 300 bytes each. */
const MAX_BYTES = 64 << 20

/** What is attached, without what the archive itself finds. */
export type NewAttachment = Omit<Attachment, 'schema' | 'campaign' | 'runs' | 'digest'>

/** What was brought in of a meter; null: nothing. */
export async function readAttachment(root: string, meter: string): Promise<Attachment | null> {
  const text = await readText(await insidePath(root, `${LAYOUT.attached}/${meter}/${ABOUT}`), MAX_BYTES)
  return text === null ? null : parseAttachment(text)
}

/**
 * Puts a meter's readings beside a sealed campaign, whole or not at all: data/ and its seal stay as they are.
 * @param runs lines of readings by run
 * @throws JoulemarkError `not-sealed`, `already-attached` unless `replace`
 */
export async function writeAttachment(
  fs: ArchiveFs,
  root: string,
  o: {
    readonly about: NewAttachment
    readonly runs: ReadonlyMap<string, { readonly readings: number; readonly text: string }>
    readonly replace: boolean
  },
): Promise<Attachment> {
  const { meter } = o.about
  const campaign = await sealOf(root)
  if (campaign === null) throw notSealed(root)
  const folder = await insidePath(root, `${LAYOUT.attached}/${meter}`)
  if (!o.replace && (await pathExists(folder))) throw alreadyAttached(meter, folder)
  const rest: Omit<Attachment, 'digest'> = {
    schema: 'joulemark/attachment/1',
    ...o.about,
    campaign,
    runs: [...o.runs].map(([run, { readings, text }]) => ({ run, readings, sha512: sha512(text) })),
  }
  const attachment = Attachment.parse({ ...rest, digest: digestOf(rest) })
  // Below state/, which is no part of the record: what a crash leaves there is in nobody's way.
  const temporary = await insidePath(root, `${LAYOUT.state}/attaching-${randomUUID()}`)
  const old = `${temporary}-before`
  try {
    for (const [run, { text }] of o.runs)
      await writeWhole({ fs, path: join(temporary, `${run}.ndjson`), content: text })
    await writeWhole({ fs, path: join(temporary, ABOUT), content: textOf(attachment) })
    await makeFolder(fs, join(root, LAYOUT.attached))
    // One of both is there at any time; what a crash leaves below state/ is in nobody's way.
    const before = o.replace && (await pathExists(folder))
    if (before) await fs.rename(folder, old)
    await fs.rename(temporary, folder)
    await fs.fsyncFolder(join(root, LAYOUT.attached))
  } finally {
    await rm(temporary, { recursive: true, force: true })
    await rm(old, { recursive: true, force: true })
  }
  return attachment
}

export const notSealed = (root: string): JoulemarkError =>
  new JoulemarkError({
    code: 'not-sealed',
    exit: 'usage',
    message: `${root} is not sealed: the campaign is running, was stopped, or left something behind`,
    place: { file: root },
    hint: 'bring it to its end (joulemark run --resume DIR, joulemark reap DIR), then attach',
  })

export const alreadyAttached = (meter: string, file: string): JoulemarkError =>
  new JoulemarkError({
    code: 'already-attached',
    exit: 'usage',
    message: `readings of ${meter} are already attached`,
    place: { file },
    hint: 'to take others in their place: --replace',
  })

/** SHA-512 of the seal; null: there is none. */
async function sealOf(root: string): Promise<string | null> {
  const text = await readText(join(root, TAG_MANIFEST), MAX_BYTES)
  return text === null ? null : sha512(text)
}

const textOf = (attachment: Attachment): string => `${JSON.stringify(attachment, null, 2)}\n`

const digestOf = (rest: Omit<Attachment, 'digest'>): string => sha512(canonicalJson(rest))

/** null: not a character of it is other than it was written. */
function parseAttachment(text: string): Attachment | null {
  try {
    const found = Attachment.parse(JSON.parse(text))
    const { digest, ...rest } = found
    return digest === digestOf(rest) && textOf(found) === text ? found : null
  } catch {
    return null
  }
}

/** Relative to the campaign's folder. */
interface Problem {
  readonly file: string
  readonly problem: 'changed' | 'removed' | 'added' | 'not-a-file' | 'malformed'
}

/** Checks every file that was attached to a sealed campaign. */
export async function checkAttachments(root: string): Promise<readonly Problem[]> {
  const campaign = await sealOf(root).catch(() => null)
  const problems: Problem[] = []
  for (const { name, isFolder } of await entriesOf(root, LAYOUT.attached)) {
    const below = `${LAYOUT.attached}/${name}`
    if (isFolder) problems.push(...(await checkOne(root, name, campaign)))
    else problems.push({ file: below, problem: 'added' })
  }
  return problems
}

async function checkOne(root: string, meter: string, campaign: string | null): Promise<readonly Problem[]> {
  const below = `${LAYOUT.attached}/${meter}`
  const about = `${below}/${ABOUT}`
  const entries = await entriesOf(root, below)
  const found = entries.find(({ name }) => name === ABOUT)
  if (found === undefined) return [{ file: about, problem: 'removed' }]
  if (!found.isFile) return [{ file: about, problem: 'not-a-file' }]
  const text = await readText(join(root, about), MAX_BYTES).catch(() => null)
  const attachment = text === null ? null : parseAttachment(text)
  if (attachment === null || attachment.meter !== meter) return [{ file: about, problem: 'malformed' }]
  // It is another campaign's, or was before this one was sealed anew.
  if (attachment.campaign !== campaign) return [{ file: about, problem: 'changed' }]
  const problems: Problem[] = []
  const due = new Map(attachment.runs.map(({ run, sha512: hash }) => [attachedFile(meter, run), hash]))
  for (const { name, isFile } of entries) {
    const file = `${below}/${name}`
    const hash = due.get(file)
    due.delete(file)
    if (file === about) continue
    if (hash === undefined) problems.push({ file, problem: 'added' })
    else if (!isFile) problems.push({ file, problem: 'not-a-file' })
    else if ((await hashFile(join(root, file))).hash !== hash) problems.push({ file, problem: 'changed' })
  }
  return [...problems, ...[...due.keys()].map((file): Problem => ({ file, problem: 'removed' }))]
}

async function entriesOf(
  root: string,
  below: string,
): Promise<readonly { readonly name: string; readonly isFile: boolean; readonly isFolder: boolean }[]> {
  try {
    const stat = await lstat(join(root, below))
    if (!stat.isDirectory()) return [{ name: '.', isFile: false, isFolder: false }]
    const found = await readdir(join(root, below), { withFileTypes: true })
    return found
      .map(entry => ({ name: entry.name, isFile: entry.isFile(), isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
