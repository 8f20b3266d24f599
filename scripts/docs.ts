// Writes the generated pages of docs/; --check: exits 1 when one is not as it would be written now.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { meterKinds } from '../collectors/meter-kinds.ts'
import { collectors } from '../collectors/registry.ts'
import { campaignJsonSchema } from '../harness/plan/json-schema.ts'
import { workloadsById } from '../workloads/registry.ts'
import { collectorsPage } from './collectors-page.ts'
import { metersPage } from './meters-page.ts'
import { workloadsPage } from './workloads-page.ts'

const pages: Readonly<Record<string, () => string>> = {
  'docs/collectors.md': () => collectorsPage(Object.values(collectors)),
  'docs/meter-kinds.md': () => metersPage(meterKinds.values()),
  'docs/workloads.md': () => workloadsPage([...workloadsById.values()]),
  'docs/campaign.schema.json': () =>
    campaignJsonSchema({
      workloads: workloadsById.values(),
      collectors: Object.keys(collectors),
      meters: meterKinds.values(),
    }),
}

const root = path.resolve(import.meta.dirname, '..')
const check = process.argv.includes('--check')
for (const [page, make] of Object.entries(pages)) {
  const file = path.join(root, page)
  const wanted = make()
  const present = await readFile(file, 'utf8').catch(() => null)
  if (present === wanted) continue
  if (check) {
    console.error(`${page} is not current: npm run docs`)
    process.exitCode = 1
  } else {
    await writeFile(file, wanted)
    console.log(`wrote ${page}`)
  }
}
