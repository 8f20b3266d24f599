import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'
import { canonicalJson, Json } from '../../harness/model/json.ts'
import { Plan } from '../../harness/model/plan.ts'
import type { ArchiveFs, CampaignArchive } from './archive.ts'
import { TAG_MANIFEST } from './bagit.ts'
import { makeFolder, pathExists, writeWhole } from './durable.ts'
import { ledgerFile } from './ledger-file.ts'
import { nodeFs } from './node-fs.ts'
import { insidePath, isMissing, LAYOUT, safePath } from './paths.ts'
import { corrupt, MAX_BYTES, parseJson, readText } from './read-file.ts'
import { runFolder } from './run-folder.ts'
import { writeSeal } from './seal.ts'

export interface NewCampaign {
  readonly plan: Plan
  /** The campaign file as the person wrote it. */
  readonly campaignText: string
  /** Files of state/ by name, without which the campaign could not be gone on with. Default: none. */
  readonly state?: Readonly<Record<string, Json>>
  /** Default: Node's own file system. */
  readonly fs?: ArchiveFs
}

/**
 * Makes a campaign's folder: data/campaign-id and data/campaign.yaml first, then state/, data/plan.json last; with it the campaign is begun. Durable when it returns.
 * @throws JoulemarkError `folder-not-empty`
 */
export async function createCampaign(dir: string, o: NewCampaign): Promise<CampaignArchive> {
  const fs = o.fs ?? nodeFs
  const root = resolve(dir)
  await refuseNonEmpty(root)
  await makeFolder(fs, root)
  const plan = Plan.parse(o.plan)
  const id = basename(root)
  await writeWhole({ fs, path: join(root, LAYOUT.id), content: `${id}\n` })
  await writeWhole({ fs, path: join(root, LAYOUT.campaign), content: o.campaignText })
  await makeFolder(fs, join(root, LAYOUT.runs))
  await makeFolder(fs, join(root, LAYOUT.state), 0o700)
  const archive = campaignArchive(fs, root, id)
  for (const [name, value] of Object.entries(o.state ?? {})) await archive.writeState(name, value)
  await writeWhole({ fs, path: join(root, LAYOUT.plan), content: `${JSON.stringify(plan, null, 2)}\n` })
  return archive
}

/**
 * Opens a campaign's folder for reading and writing on; its plan is read and checked at once.
 * @throws JoulemarkError `not-a-campaign`, `nothing-started` (plan.json is missing), `schema-unknown`, `archive-corrupt`
 */
export async function openCampaign(
  dir: string,
  o: { readonly fs?: ArchiveFs } = {},
): Promise<CampaignArchive> {
  const root = resolve(dir)
  await readPlan(root)
  return campaignArchive(o.fs ?? nodeFs, root, await readId(root))
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/

/** The id under which it was begun; a folder may have been renamed or copied since. */
async function readId(root: string): Promise<string> {
  const path = await insidePath(root, LAYOUT.id)
  const text = await readText(path, 1024)
  if (text === null) return basename(root)
  const id = text.trimEnd()
  if (!ID.test(id)) throw corrupt(path, 'it does not hold an id')
  return id
}

function campaignArchive(fs: ArchiveFs, root: string, id: string): CampaignArchive {
  const sealed = (): Promise<boolean> => pathExists(join(root, TAG_MANIFEST))

  async function refuseSealed(): Promise<void> {
    if (!(await sealed())) return
    throw new JoulemarkError({
      code: 'campaign-sealed',
      message: `${root} is sealed; nothing under data/ is written any more`,
      place: { file: root },
    })
  }

  const ledger = ledgerFile({
    fs,
    path: join(root, LAYOUT.ledger),
    async allowed() {
      await refuseSealed()
      await insidePath(root, LAYOUT.ledger)
    },
  })

  return {
    dir: root,
    id,
    plan: () => readPlan(root),

    async campaignText() {
      const path = await insidePath(root, LAYOUT.campaign)
      const text = await readText(path, MAX_BYTES.campaign)
      if (text === null) throw corrupt(path, 'it is missing')
      return text
    },

    appendLedger: line => ledger.append(line),
    ledger: () => ledger.read(),

    async runs() {
      const ids = await runIds(root)
      return ids.map(id => runFolder({ fs, id, root, refuseSealed }))
    },
    run: id => runFolder({ fs, id: oneName(id), root, refuseSealed }),

    async writeState(name, value) {
      const path = await insidePath(root, `${LAYOUT.state}/${safePath(name)}`)
      await writeWhole({
        fs,
        path,
        content: `${canonicalJson(value)}\n`,
        mode: 0o600,
        folderMode: 0o700,
        replace: true,
      })
    },
    async readState(name) {
      const path = await insidePath(root, `${LAYOUT.state}/${safePath(name)}`)
      const text = await readText(path, MAX_BYTES.state)
      return text === null ? null : parseJson(text, Json, path)
    },

    sealed,
    seal: () => writeSeal(fs, root, { readPlan: () => readPlan(root), readLedger: () => ledger.read() }),
  }
}

function oneName(id: string): string {
  if (!safePath(id).includes('/')) return id
  throw new JoulemarkError({ code: 'path-unsafe', message: `${JSON.stringify(id)} is not the id of a run` })
}

async function readPlan(root: string): Promise<Plan> {
  const path = await insidePath(root, LAYOUT.plan)
  const text = await readText(path, MAX_BYTES.plan)
  if (text === null) throw await whyNoPlan(root)
  refuseOtherSchema(text, path)
  return parseJson(text, Plan, path)
}

async function whyNoPlan(root: string): Promise<JoulemarkError> {
  if (await pathExists(join(root, LAYOUT.data))) {
    return new JoulemarkError({
      code: 'nothing-started',
      exit: 'usage',
      message: `${root} has no ${LAYOUT.plan}: the campaign ended before its plan was written, so nothing was started`,
      place: { file: root },
      hint: 'remove the folder and run the campaign file again',
    })
  }
  return new JoulemarkError({
    code: 'not-a-campaign',
    exit: 'usage',
    message: (await pathExists(root))
      ? `${root} is not a campaign: it has no ${LAYOUT.plan}`
      : `${root} does not exist`,
    place: { file: root },
    hint: 'name the folder that joulemark run made; it holds data/, state/ and derived/',
  })
}

/** A plan of another schema is told apart from a damaged one. */
function refuseOtherSchema(text: string, path: string): void {
  const known = Plan.shape.schema.value
  const found = parseJson(text, Json, path)
  if (found === null || typeof found !== 'object' || !('schema' in found)) return
  if (found.schema === known || typeof found.schema !== 'string') return
  throw new JoulemarkError({
    code: 'schema-unknown',
    exit: 'usage',
    message: `${path} has the schema ${JSON.stringify(found.schema.slice(0, 80))}; this version reads ${known}`,
    place: { file: path, path: 'schema' },
    hint: 'use the version of joulemark that wrote it, or a newer one',
  })
}

async function refuseNonEmpty(root: string): Promise<void> {
  let names: readonly string[]
  try {
    names = await readdir(root)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  if (names.length === 0) return
  throw new JoulemarkError({
    code: 'folder-not-empty',
    exit: 'usage',
    message: `${root} is not empty`,
    place: { file: root },
    hint: 'name a new folder with --out; to go on with a campaign: joulemark run --resume DIR',
  })
}

async function runIds(root: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(await insidePath(root, LAYOUT.runs), { withFileTypes: true })
    return entries
      .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(entry => oneName(entry.name))
      .sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
