import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fromLayout } from '../../../../harness/cli/images/fetched.ts'
import { makeArchive } from '../../../../harness/cli/images/make-archive.ts'
import { readArchive } from '../../../../harness/cli/images/read-archive.ts'
import { readTar } from '../../../../harness/cli/images/tar.ts'
import { writeArchive } from '../../../../harness/cli/images/write-archive.ts'
import { writeLayout } from './layout.ts'

const signal = new AbortController().signal
const NAMES = ['example.org/a:1', 'example.org/a@sha256:0']

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-archive-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function image(folder: string) {
  const digest = await writeLayout(join(folder, 'layout'), ['amd64', 'arm64'])
  return { digest, named: { ...(await fromLayout(join(folder, 'layout'))), names: NAMES } }
}

test('an archive has its image under all names and for all platforms, and other programs read its files', async () => {
  const folder = await scratch()
  const { digest, named } = await image(folder)
  const out = join(folder, 'a.tar')
  await writeArchive(out, [named], signal)
  expect(await readArchive(out)).toEqual([
    { digest, names: NAMES, platforms: ['linux/amd64', 'linux/arm64'] },
  ])
  const listed = execFileSync('tar', ['-tf', out], { encoding: 'utf8' }).trim().split('\n')
  expect(listed).toContain('oci-layout')
  expect(listed.filter(name => name.startsWith('blobs/sha256/'))).toHaveLength(named.blobs.size)
  await writeArchive(join(folder, 'b.tar'), [named, named], signal)
  const [a, b] = await Promise.all(['a.tar', 'b.tar'].map(name => readFile(join(folder, name))))
  expect(b?.length).toBeLessThan((a?.length ?? 0) + 2048)
})

test('a tar of another program reads the same', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'one'), 'x'.repeat(700))
  await writeFile(join(folder, 'two'), '')
  execFileSync('tar', ['-C', folder, '-cf', join(folder, 'x.tar'), 'one', 'two'])
  const found: Record<string, number> = {}
  for await (const { name, body } of readTar(createReadStream(join(folder, 'x.tar')))) {
    let bytes = 0
    for await (const chunk of body) bytes += chunk.length
    found[name] = bytes
  }
  expect(found).toEqual({ one: 700, two: 0 })
})

test('an archive that is cut, changed, or lacks something is refused', async () => {
  const folder = await scratch()
  const { digest, named } = await image(folder)
  const out = join(folder, 'a.tar')
  await writeArchive(out, [named], signal)
  const whole = await readFile(out)
  const changed = Buffer.from(whole)
  const at = whole.indexOf('"architecture":"arm64"')
  changed.write('"architecture":"arm65"', at)
  await writeFile(out, changed)
  await expect(readArchive(out)).rejects.toThrow('holds something else')
  await writeFile(out, whole)
  await truncate(out, whole.length - 3000)
  await expect(readArchive(out)).rejects.toMatchObject({ code: 'archive-damaged', exit: 'corrupt' })
  await writeFile(out, 'no tar at all'.repeat(100))
  await expect(readArchive(out)).rejects.toMatchObject({ code: 'archive-damaged' })
  await rm(out)
  const blobs = new Map([...named.blobs].filter(([key]) => key === digest))
  await writeArchive(out, [{ ...named, blobs }], signal)
  await expect(readArchive(out)).rejects.toThrow('is missing, and an image needs it')
})

test('an archive that is there is not replaced, and one that fails leaves nothing', async () => {
  const folder = await scratch()
  const { named } = await image(folder)
  const before = (await readdir(folder)).sort()
  const out = join(folder, 'a.tar')
  const asked = { out, signal, collect: async () => [named] }
  const judge = (): void => {
    throw new Error('not what was asked for')
  }
  await expect(makeArchive({ ...asked, judge })).rejects.toThrow('not what was asked for')
  expect((await readdir(folder)).sort()).toEqual(before)
  expect((await makeArchive(asked)).images).toHaveLength(1)
  await expect(makeArchive(asked)).rejects.toMatchObject({ code: 'archive-there', exit: 'usage' })
})
