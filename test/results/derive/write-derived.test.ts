import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Result } from '../../../harness/model/result.ts'
import { deriveCampaign, resultText, writeDerived } from '../../../results/derive/derive.ts'
import { PARTS_FOR_TESTS as parts, syntheticCampaign, syntheticRun } from '../support/synthetic-run.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-derived-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

test('result.json lies under the version, whole, and again over itself', async () => {
  const archive = { ...syntheticCampaign([syntheticRun()]), dir: await folder() }
  const result = await deriveCampaign(archive, parts)
  const path = await writeDerived(archive, result)
  expect(await writeDerived(archive, result)).toBe(path)
  expect(path).toBe(join(archive.dir, 'derived', '0.0.0-test', 'result.json'))
  expect(await readdir(join(archive.dir, 'derived', '0.0.0-test'))).toEqual(['result.json'])
  const text = await readFile(path, 'utf8')
  expect(text).toBe(resultText(result))
  expect(Result.parse(JSON.parse(text))).toEqual(result)
})

test('a version that is not one names no folder', async () => {
  const archive = { ...syntheticCampaign([syntheticRun()]), dir: await folder() }
  const result = await deriveCampaign(archive, { ...parts, toolVersion: '../../x' })
  await expect(writeDerived(archive, result)).rejects.toMatchObject({ code: 'version-unsafe' })
})

test.each(['derived', 'derived/0.0.0-test', 'derived/0.0.0-test/result.json'])(
  'a campaign in which %s is a link gets no file, and nothing outside of it',
  async link => {
    const archive = { ...syntheticCampaign([syntheticRun()]), dir: await folder() }
    const outside = await folder()
    const result = await deriveCampaign(archive, parts)
    await mkdir(join(archive.dir, link, '..'), { recursive: true })
    await symlink(outside, join(archive.dir, link))
    await expect(writeDerived(archive, result)).rejects.toMatchObject({
      code: 'path-unsafe',
      exit: 'corrupt',
    })
    expect(await readdir(outside)).toEqual([])
  },
)

test('a link under the name that the file has before it is whole is not written through', async () => {
  const archive = { ...syntheticCampaign([syntheticRun()]), dir: await folder() }
  const precious = join(await folder(), 'precious')
  await writeFile(precious, 'precious')
  const path = join(archive.dir, 'derived/0.0.0-test/result.json')
  await mkdir(join(path, '..'), { recursive: true })
  await symlink(precious, `${path}.${process.pid}.tmp`)
  await writeDerived(archive, await deriveCampaign(archive, parts))
  expect(await readFile(precious, 'utf8')).toBe('precious')
})
