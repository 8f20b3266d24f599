// Makes the golden results and reports of test/fixtures/campaigns anew: `npm run goldens`. Read the diff before committing it: every
// changed figure belongs under Results in CHANGELOG.md, with the reason.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { goldenCampaigns, goldenFiles } from '../test/support/golden-campaign.ts'

for (const campaign of await goldenCampaigns()) {
  const files = await goldenFiles(campaign)
  await rm(campaign.expected, { recursive: true, force: true })
  for (const [name, content] of files) {
    const file = path.join(campaign.expected, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  console.log(`${campaign.name}: ${files.size} files`)
}
