import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { deriveParts } from '../../harness/cli/derive-results.ts'
import { requireIntact } from '../../results/archive/check-seal.ts'
import { openCampaign } from '../../results/archive/node-archive.ts'
import { deriveCampaign } from '../../results/derive/derive.ts'
import { formats } from '../../results/report/registry.ts'

export interface GoldenCampaign {
  readonly name: string
  /** A sealed campaign, as it was recorded. */
  readonly dir: string
  /** What it must give. */
  readonly expected: string
}

const FOLDER = path.resolve(import.meta.dirname, '../fixtures/campaigns')

/** Text formats: a PNG's bytes belong to a drawing library, and the page carries chart.js whole. */
const FORMATS = ['json', 'md', 'csv'] as const

export async function goldenCampaigns(): Promise<readonly GoldenCampaign[]> {
  const names = (await readdir(FOLDER, { withFileTypes: true })).filter(e => e.isDirectory()).map(e => e.name)
  return names.sort().map(name => ({
    name,
    dir: path.join(FOLDER, name, 'campaign'),
    expected: path.join(FOLDER, name, 'expected'),
  }))
}

/** Everything that is derived from a campaign, by its path. */
export async function goldenFiles({ dir }: GoldenCampaign): Promise<ReadonlyMap<string, string>> {
  await requireIntact(dir)
  const result = await deriveCampaign(await openCampaign(dir), deriveParts())
  const files = new Map<string, string>()
  for (const id of FORMATS) {
    for (const file of await formats[id].render(result)) files.set(file.path, String(file.content))
  }
  return files
}
