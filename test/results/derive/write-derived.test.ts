import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
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
