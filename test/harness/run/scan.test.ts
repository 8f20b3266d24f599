import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderName, MARKER } from '../../../harness/run/names.ts'
import { type Found, scanHost } from '../../../harness/run/scan.ts'
import { lightFacts, lightMachine } from './light-machine.ts'

const OURS = folderName('other', '0001-here-toy-r1-a1')
const said = { owner: 'a', campaign: 'other', run: '0001-here-toy-r1-a1', expires: 1000 }
const bare = (found: { readonly path: string }): string => found.path

interface Place extends AsyncDisposable {
  readonly dir: string
  scan(): Promise<Found>
}

/** A machine with folders for work, cgroups and locks; what else is on the real one is left out. */
async function place(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'jm-scan-'))
  for (const name of ['work', 'cgroup', 'locks']) await mkdir(join(dir, name))
  const machine = lightMachine(dir, () => 0)
  const cgroup = { version: 'none', mounts: {}, own: {}, writable: { cpu: join(dir, 'cgroup') } } as const
  return {
    dir,
    scan: async () => {
      const facts = { ...lightFacts(dir), tmpfs: null, cgroup }
      const found = await scanHost(machine.host('web', ['sut']), facts, join(dir, 'locks'))
      return { ...found, folders: found.folders.filter(({ path }) => path.startsWith(dir)) }
    },
    [Symbol.asyncDispose]: async () => {
      await machine[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** What a line would be made of, in both ways of writing a tab and a line feed. */
const forged = (kind: string, rest: string): readonly string[] => [
  `x\\n${kind}\\t${rest}`,
  `x\n${kind}\t${rest}`,
]

test('the text of a lock is the text of a lock, and makes no other thing', async () => {
  await using at = await place()
  for (const [i, text] of forged('cgroup', `/tmp/${OURS}\t0\t`).entries())
    await writeFile(join(at.dir, 'locks', `${i}.lock`), text)
  await writeFile(join(at.dir, 'locks', 'ours.lock'), `${JSON.stringify(said)}\n`)
  const found = await at.scan()
  expect(found.cgroups).toEqual([])
  expect(found.locks.map(({ content }) => content)).toEqual([null, null, said])
})

test('what says a name with a control character in it is not believed', async () => {
  await using at = await place()
  const text = JSON.stringify({ ...said, run: '\u001b[2J' })
  await writeFile(join(at.dir, 'locks', 'x.lock'), text)
  await mkdir(join(at.dir, 'work', OURS))
  await writeFile(join(at.dir, 'work', OURS, MARKER), text)
  const found = await at.scan()
  expect(found.locks).toMatchObject([{ content: null }])
  expect(found.folders).toMatchObject([{ trusted: true, marker: null }])
})

test('names come as they are; those with control characters are none of ours', async () => {
  await using at = await place()
  const locks = forged('lock', '.lock')
  for (const name of locks) await writeFile(join(at.dir, 'locks', name), JSON.stringify(said))
  const names = [`${OURS}\\n-x`, `${OURS}\nlock\tx\t`, `${OURS}\u0085`]
  for (const base of ['work', 'cgroup']) for (const name of names) await mkdir(join(at.dir, base, name))
  const found = await at.scan()
  expect(found.folders.map(bare)).toEqual([join(at.dir, 'work', `${OURS}\\n-x`)])
  expect(found.cgroups.map(bare)).toEqual([join(at.dir, 'cgroup', `${OURS}\\n-x`)])
  expect(found.locks.map(bare)).toEqual([join(at.dir, 'locks', locks[0] ?? '')])
})
