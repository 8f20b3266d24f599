import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import { checkSeal, requireIntact } from '../../../results/archive/check-seal.ts'
import { createCampaign, openCampaign } from '../../../results/archive/node-archive.ts'
import { nodeFs } from '../../../results/archive/node-fs.ts'
import { plan, RUN } from './plan-fixture.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

const RAW = `data/runs/${RUN}/raw`
const TAG_FILES = ['bag-info.txt', 'bagit.txt', 'manifest-sha512.txt', 'tagmanifest-sha512.txt']

async function filled(dir: string): Promise<CampaignArchive> {
  const archive = await createCampaign(dir, { plan, campaignText: 'schema: joulemark/v1\n' })
  await archive.appendLedger({
    op: 'gone',
    seq: 1,
    at: Date.UTC(2026, 1, 3, 23, 59, 59) * 1000,
    result: 'removed',
  })
  await archive.run(RUN).write('raw/web/one.gz', 'one', { gzip: true })
  await archive.run(RUN).write('raw/web/two', 'two')
  return archive
}

async function sealedIn(folder: TemporaryFolder): Promise<string> {
  const dir = join(folder.path, 'probe-1')
  await (await filled(dir)).seal()
  return dir
}

test('a campaign is unsealed until it is sealed, then every file is covered', async () => {
  await using folder = await temporaryFolder()
  const archive = await filled(join(folder.path, 'c'))
  expect(await checkSeal(archive.dir)).toMatchObject({ state: 'unsealed', problems: [] })
  expect(await requireIntact(archive.dir)).toMatchObject({ state: 'unsealed' })
  await archive.seal()
  expect(await archive.sealed()).toBe(true)
  expect(await checkSeal(archive.dir)).toMatchObject({ state: 'sealed', problems: [], files: 6 })
})

test('the tag files are those of a BagIt 1.0 bag, without names of machines or the time of sealing', async () => {
  await using folder = await temporaryFolder()
  const dir = await sealedIn(folder)
  const text = (name: string): Promise<string> => readFile(join(dir, name), 'utf8')
  expect(await text('bagit.txt')).toBe('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')
  const octets = (await checkSeal(dir)).bytes
  expect(await text('bag-info.txt')).toBe(
    `Bag-Software-Agent: joulemark 0.1.0\nExternal-Identifier: probe-1\nExternal-Description: A probe\nBagging-Date: 2026-02-03\nPayload-Oxum: ${octets}.6\n`,
  )
  const paths = (await text('manifest-sha512.txt'))
    .trimEnd()
    .split('\n')
    .map(line => line.split('  ')[1])
  expect(paths).toEqual([
    'data/campaign-id',
    'data/campaign.yaml',
    'data/ledger.jsonl',
    'data/plan.json',
    `${RAW}/web/one.gz`,
    `${RAW}/web/two`,
  ])
})

test('equal payloads give equal bags', async () => {
  await using folder = await temporaryFolder()
  const archive = await filled(join(folder.path, 'a/c'))
  await cp(archive.dir, join(folder.path, 'b/c'), { recursive: true })
  await archive.seal()
  await (await openCampaign(join(folder.path, 'b/c'))).seal()
  for (const name of TAG_FILES) {
    expect(await readFile(join(folder.path, 'b/c', name))).toEqual(await readFile(join(archive.dir, name)))
  }
})

test('after sealing nothing under data/ is written any more, state/ is', async () => {
  await using folder = await temporaryFolder()
  const archive = await openCampaign(await sealedIn(folder))
  await expect(archive.run(RUN).write('work/late', 'x')).rejects.toMatchObject({ code: 'campaign-sealed' })
  await expect(archive.appendLedger({ op: 'gone', seq: 2, at: 0, result: 'kept' })).rejects.toMatchObject({
    code: 'campaign-sealed',
  })
  await archive.writeState('reap.json', {})
  await archive.seal()
  expect((await checkSeal(archive.dir)).state).toBe('sealed')
})

const HARM: Readonly<Record<string, readonly [(dir: string) => Promise<unknown>, readonly unknown[]]>> = {
  'a changed file': [
    dir => writeFile(join(dir, RAW, 'web/two'), 'TWO'),
    [{ file: `${RAW}/web/two`, problem: 'changed' }],
  ],
  'a removed file': [dir => rm(join(dir, RAW, 'web/two')), [{ file: `${RAW}/web/two`, problem: 'removed' }]],
  'an added file': [
    dir => writeFile(join(dir, RAW, 'web/three'), 'x'),
    [{ file: `${RAW}/web/three`, problem: 'added' }],
  ],
  'an added hidden file': [
    dir => writeFile(join(dir, 'data/.x.tmp'), 'x'),
    [{ file: 'data/.x.tmp', problem: 'added' }],
  ],
  'an empty folder that would be one more attempt': [
    dir => mkdir(join(dir, 'data/runs/0001-here-idle-r1-a9')),
    [{ file: 'data/runs/0001-here-idle-r1-a9', problem: 'added' }],
  ],
  'empty folders within each other, by the innermost': [
    dir => mkdir(join(dir, 'data/runs/0099-evil-idle-r1-a1/raw/web'), { recursive: true }),
    [{ file: 'data/runs/0099-evil-idle-r1-a1/raw/web', problem: 'added' }],
  ],
  'an empty folder of any other name': [
    dir => mkdir(join(dir, 'data/x')),
    [{ file: 'data/x', problem: 'added' }],
  ],
  'a folder whose files were removed, by its files alone': [
    async dir => {
      await rm(join(dir, RAW), { recursive: true })
      await mkdir(join(dir, RAW))
    },
    [
      { file: `${RAW}/web/one.gz`, problem: 'removed' },
      { file: `${RAW}/web/two`, problem: 'removed' },
    ],
  ],
  'two swapped files': [
    dir => swap(join(dir, RAW, 'web/two'), join(dir, 'data/campaign.yaml')),
    [
      { file: 'data/campaign.yaml', problem: 'changed', holds: `${RAW}/web/two` },
      { file: `${RAW}/web/two`, problem: 'changed', holds: 'data/campaign.yaml' },
    ],
  ],
  'a renamed file': [
    dir => rename(join(dir, RAW, 'web/two'), join(dir, RAW, 'web/deux')),
    [
      { file: `${RAW}/web/deux`, problem: 'added', holds: `${RAW}/web/two` },
      { file: `${RAW}/web/two`, problem: 'removed' },
    ],
  ],
  'a file replaced by a link to a copy': [
    async dir => {
      await rename(join(dir, RAW, 'web/two'), join(dir, 'two'))
      await symlink(join(dir, 'two'), join(dir, RAW, 'web/two'))
    },
    [{ file: `${RAW}/web/two`, problem: 'not-a-file' }],
  ],
  'a removed manifest': [
    dir => rm(join(dir, 'manifest-sha512.txt')),
    [{ file: 'manifest-sha512.txt', problem: 'removed' }],
  ],
  'a removed tag manifest, which is also a sealing that was interrupted': [
    dir => rm(join(dir, 'tagmanifest-sha512.txt')),
    [{ file: 'tagmanifest-sha512.txt', problem: 'removed' }],
  ],
  'a tag manifest that covers less': [
    async dir => {
      const path = join(dir, 'tagmanifest-sha512.txt')
      const lines = (await readFile(path, 'utf8')).split('\n')
      await writeFile(path, lines.slice(1).join('\n'))
    },
    [{ file: 'tagmanifest-sha512.txt', problem: 'malformed' }],
  ],
  'a manifest that names a file outside': [
    dir => writeFile(join(dir, 'manifest-sha512.txt'), `${'0'.repeat(128)}  ../../etc/passwd\n`),
    [
      { file: 'manifest-sha512.txt', problem: 'changed' },
      { file: 'data/campaign-id', problem: 'added' },
      { file: 'data/campaign.yaml', problem: 'added' },
      { file: 'data/ledger.jsonl', problem: 'added' },
      { file: 'data/plan.json', problem: 'added' },
      { file: `${RAW}/web/one.gz`, problem: 'added' },
      { file: `${RAW}/web/two`, problem: 'added' },
      { file: '../../etc/passwd', problem: 'removed' },
    ],
  ],
}

async function swap(a: string, b: string): Promise<void> {
  await rename(a, `${a}-aside`)
  await rename(b, a)
  await rename(`${a}-aside`, b)
}

test.each(Object.entries(HARM))(
  '%s is named, and stops whoever needs the campaign whole',
  async (_name, [harm, problems]) => {
    await using folder = await temporaryFolder()
    const dir = await sealedIn(folder)
    await harm(dir)
    expect(await checkSeal(dir)).toMatchObject({ state: 'broken', problems })
    const [first] = problems as readonly { readonly file: string }[]
    await expect(requireIntact(dir)).rejects.toMatchObject({
      code: 'archive-not-intact',
      exit: 'corrupt',
      message: expect.stringContaining(first?.file ?? ''),
    })
  },
)

test('a payload that is gone altogether is named file by file', async () => {
  await using folder = await temporaryFolder()
  const dir = await sealedIn(folder)
  await rm(join(dir, 'data'), { recursive: true })
  expect((await checkSeal(dir)).problems.filter(p => p.problem === 'removed')).toHaveLength(6)
})

test('law: any single byte that is flipped anywhere in the bag is seen, and its file named', async () => {
  await using folder = await temporaryFolder()
  const dir = await sealedIn(folder)
  const payload = (await readdir(join(dir, 'data'), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(dir.length + 1))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...payload, ...TAG_FILES),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
      async (file, at, mask) => {
        const path = join(dir, file)
        const whole = await readFile(path)
        const flipped = Buffer.from(whole)
        const index = Math.floor(at * whole.length)
        flipped[index] = (flipped[index] ?? 0) ^ mask
        await writeFile(path, flipped)
        const report = await checkSeal(dir)
        await writeFile(path, whole)
        expect(report.state).toBe('broken')
        const named = report.problems.map(p => p.file)
        // A flip in the tag manifest shows at the file whose hash it holds, or makes it malformed.
        const right = file === 'tagmanifest-sha512.txt' ? TAG_FILES : [file]
        expect(named.filter(name => right.includes(name))).not.toEqual([])
      },
    ),
    { numRuns: 100, seed: 21 },
  )
  expect((await checkSeal(dir)).state).toBe('sealed')
})

test('a sealing that is killed at any step leaves an unsealed or broken campaign, and is completed by the next', async () => {
  for (let step = 0; step < 4; step += 1) {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, 'c')
    await filled(dir)
    let left = step
    const fs = {
      ...nodeFs,
      rename: (from: string, to: string) =>
        left-- === 0 ? Promise.reject(new Error('killed')) : nodeFs.rename(from, to),
    }
    const archive = await openCampaign(dir, { fs })
    await expect(archive.seal()).rejects.toThrow('killed')
    expect(await archive.sealed()).toBe(false)
    expect((await checkSeal(dir)).state).not.toBe('sealed')
    await (await openCampaign(dir)).seal()
    expect((await checkSeal(dir)).state).toBe('sealed')
  }
})

test('sealing removes folders without a file, but data/runs, which every campaign has', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'c')
  const archive = await filled(dir)
  await mkdir(join(dir, 'data/runs/0002-here-idle-r2-a1/raw/web'), { recursive: true })
  await archive.seal()
  expect(await readdir(join(dir, 'data/runs'))).toEqual([RUN])
  expect(await checkSeal(dir)).toMatchObject({ state: 'sealed', problems: [] })

  const bare = await createCampaign(join(folder.path, 'bare'), { plan, campaignText: '' })
  await bare.seal()
  expect(await readdir(join(bare.dir, 'data/runs'))).toEqual([])
  expect(await checkSeal(bare.dir)).toMatchObject({ state: 'sealed', problems: [] })
})

test('what a crash left under a temporary name is not sealed; what is no file can not be', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'c')
  const archive = await filled(dir)
  await mkdir(join(dir, RAW, 'gun'))
  await writeFile(join(dir, RAW, 'gun/.recording.gz.tmp'), 'torn')
  await symlink('/etc/hostname', join(dir, RAW, 'gun/x'))
  await expect(archive.seal()).rejects.toMatchObject({ code: 'archive-corrupt' })
  await rm(join(dir, RAW, 'gun/x'))
  await archive.seal()
  expect(await checkSeal(dir)).toMatchObject({ state: 'sealed', files: 6 })
})
