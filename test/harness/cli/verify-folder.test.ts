import { execFile } from 'node:child_process'
import { appendFile, cp, mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { derivedFolder, resultOf, writeReport } from '../../../harness/cli/derive-results.ts'
import { verifyFolder } from '../../../harness/cli/verify-folder.ts'
import { toolVersion } from '../../../harness/cli/version.ts'
import { writeDerived } from '../../../results/derive/derive.ts'
import { type TemporaryFolder, temporaryFolder } from '../../results/archive/temporary-folder.ts'

const RECORDED = resolve(import.meta.dirname, '../../fixtures/campaigns/one-host/campaign')
const BELOW = `derived/${toolVersion()}`

/** A recorded campaign with nothing derived yet. */
async function recorded(folder: TemporaryFolder): Promise<string> {
  const dir = join(folder.path, 'campaign')
  await cp(RECORDED, dir, { recursive: true })
  await rm(join(dir, 'derived'), { recursive: true, force: true })
  return dir
}

test('what is there of result and report is held against what is made anew', async () => {
  await using folder = await temporaryFolder()
  const dir = await recorded(folder)
  expect(await verifyFolder(dir)).toMatchObject({ remade: [] })
  const { archive, result } = await resultOf(dir)
  await writeDerived(archive, result)
  const [report = ''] = await writeReport(join(derivedFolder(dir), 'report'), result, ['md'])
  expect((await verifyFolder(dir)).remade).toEqual([
    { file: `${BELOW}/result.json`, equal: true },
    { file: `${BELOW}/report/report.md`, equal: true },
  ])
  await appendFile(report, 'x')
  expect(await verifyFolder(dir)).toMatchObject({
    sound: false,
    remade: [{ equal: true }, { file: `${BELOW}/report/report.md`, equal: false }],
  })
})

test.each(['result.json', 'report/report.md'])(
  'a pipe or a link in the place of %s is named, and nothing is waited for',
  async name => {
    await using folder = await temporaryFolder()
    const dir = await recorded(folder)
    const path = join(dir, BELOW, name)
    await mkdir(dirname(path), { recursive: true })
    await promisify(execFile)('mkfifo', [path])
    await expect(verifyFolder(dir)).rejects.toMatchObject({
      exit: 'corrupt',
      message: `${path}: not a regular file`,
    })
    await rm(path)
    await symlink('/dev/zero', path)
    await expect(verifyFolder(dir)).rejects.toMatchObject({ exit: 'corrupt', code: 'path-unsafe' })
  },
  20_000,
)
