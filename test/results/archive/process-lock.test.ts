import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockForProcess } from '../../../results/archive/process-lock.ts'

const held = (holder: string): Error => new Error(`held by ${holder}`)
/** A process id that no process has: the kernel's largest is 2^22. */
const NOBODY = 2 ** 22 + 1

async function folder(): Promise<AsyncDisposable & { readonly dir: string; readonly path: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'jm-lock-'))
  return {
    dir,
    path: join(dir, 'state', 'lock.json'),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

test('of many that want it at once, one gets it; given back, it is free and nothing is left', async () => {
  await using at = await folder()
  const wanting = Array.from({ length: 16 }, () => lockForProcess({ path: at.path, held }))
  const results = await Promise.allSettled(wanting)
  const got = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  expect(got).toHaveLength(1)
  await expect(lockForProcess({ path: at.path, held })).rejects.toThrow(`held by process ${process.pid}`)
  await got[0]?.[Symbol.asyncDispose]()
  expect(await readdir(join(at.dir, 'state'))).toEqual([])
})

test.each([
  ['a process that is gone', JSON.stringify({ pid: NOBODY, began: null })],
  ['another process of the same id', JSON.stringify({ pid: process.pid, began: '1' })],
  ['nobody', '{"pid"'],
])('a lock of %s is taken over, by one', async (_, content) => {
  await using at = await folder()
  await (await lockForProcess({ path: at.path, held }))[Symbol.asyncDispose]()
  await writeFile(at.path, content)
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => lockForProcess({ path: at.path, held })),
  )
  expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
})

test('where it may, this process takes its own lock again; what it gave up does not take it away', async () => {
  await using at = await folder()
  const first = await lockForProcess({ path: at.path, held })
  await using _second = await lockForProcess({ path: at.path, held, again: true })
  await first[Symbol.asyncDispose]()
  expect(JSON.parse(await readFile(at.path, 'utf8'))).toMatchObject({ pid: process.pid })
})
