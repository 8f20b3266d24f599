// Recorded campaigns must go on giving the same figures. When they change on purpose: npm run goldens, and say why in CHANGELOG.md.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { goldenCampaigns, goldenFiles } from '../support/golden-campaign.ts'

test.each(await goldenCampaigns())(
  'the recorded campaign $name gives its golden result and reports',
  async campaign => {
    const made = await goldenFiles(campaign)
    expect([...made.keys()].sort()).toEqual((await readdir(campaign.expected)).sort())
    for (const [name, content] of made) {
      expect(content, name).toBe(await readFile(path.join(campaign.expected, name), 'utf8'))
    }
  },
)
