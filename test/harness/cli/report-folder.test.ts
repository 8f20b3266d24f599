import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportFolder } from '../../../harness/cli/report-folder.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jm-report-folder-'))
  for (const folder of ['campaign/data/runs', 'campaign/state', 'campaign/derived', 'elsewhere/data'])
    await mkdir(join(dir, folder), { recursive: true })
  await writeFile(join(dir, 'campaign/data/plan.json'), '{}')
  await writeFile(join(dir, 'file'), '')
  await symlink(join(dir, 'campaign/data'), join(dir, 'link'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test.each([
  ['campaign/data', 'breaks its seal'],
  ['campaign/data/new/deep', 'breaks its seal'],
  ['link/new', 'breaks its seal'],
  ['campaign/state', 'working files'],
  ['file', 'is a file'],
  ['file/below', 'is a file'],
])('%s is refused before anything is made', async (path, why) => {
  await expect(reportFolder(join(dir, path))).rejects.toMatchObject({
    code: 'report-folder',
    exit: 'usage',
    message: expect.stringContaining(why),
  })
})

test('no name at all is refused', async () => {
  await expect(reportFolder('')).rejects.toMatchObject({ code: 'report-folder' })
})

test.each(['campaign/derived/mine', 'campaign/beside', 'elsewhere/data', 'not/yet/there'])(
  '%s is a place for a report',
  async path => {
    expect(await reportFolder(join(dir, path))).toBe(join(dir, path))
  },
)
