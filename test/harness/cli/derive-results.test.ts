import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { derivedFolder, writeReport } from '../../../harness/cli/derive-results.ts'
import { formats } from '../../../results/report/registry.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { sampleResult } from '../../results/report/support/sample-result.ts'

const inside = (dir: string): string => join(derivedFolder(dir), 'report')

test("a campaign's own report lies in its derived folder, and is written again over itself", async () => {
  await using folder = await temporaryFolder()
  const written = await writeReport(inside(folder.path), sampleResult(), ['csv', 'md', 'json', 'png'])
  expect(await writeReport(inside(folder.path), sampleResult(), ['csv', 'md', 'json', 'png'])).toEqual(
    written,
  )
  expect(written).toContain(join(inside(folder.path), 'report.md'))
  const found = await readdir(inside(folder.path), { recursive: true, withFileTypes: true })
  const files = found.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  expect(files.sort()).toEqual([...written].sort())
})

test.each(['..', '.', 'report.md'])(
  'a link inside of a campaign (%s of its report) is refused, and nothing is written through it',
  async place => {
    await using folder = await temporaryFolder()
    const [campaign, outside] = [join(folder.path, 'campaign'), join(folder.path, 'outside')]
    await mkdir(outside)
    const link = join(inside(campaign), place)
    await mkdir(join(link, '..'), { recursive: true })
    await symlink(outside, link)
    await expect(writeReport(inside(campaign), sampleResult(), ['md'])).rejects.toMatchObject({
      code: 'path-unsafe',
      exit: 'corrupt',
    })
    expect(await readdir(outside)).toEqual([])
  },
)

test('what lies under the name that a file has before it is whole is neither written to nor removed', async () => {
  await using folder = await temporaryFolder()
  const precious = join(folder.path, 'precious')
  await writeFile(precious, 'precious')
  await mkdir(inside(folder.path), { recursive: true })
  const foreseen = join(inside(folder.path), `report.md.${process.pid}.tmp`)
  await symlink(precious, foreseen)
  await writeReport(inside(folder.path), sampleResult(), ['md'])
  expect(await readFile(precious, 'utf8')).toBe('precious')
  expect(await readFile(foreseen, 'utf8')).toBe('precious')
})

test('a folder that the caller chose may be behind a link', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'real'))
  await symlink(join(folder.path, 'real'), join(folder.path, 'out'))
  expect(await writeReport(join(folder.path, 'out'), sampleResult(), ['md'])).toHaveLength(1)
  const [{ content } = { content: '' }] = await formats.md.render(sampleResult())
  expect(await readFile(join(folder.path, 'real/report.md'), 'utf8')).toBe(content)
})
