import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockForProcess, type ProcessPlace } from '../../../results/archive/process-lock.ts'

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

const INITIAL = 'pid:[4026531836]'
const HOUR = 3600e3
const here: ProcessPlace = {
  machine: 'one',
  bootId: 'boot-2',
  namespace: INITIAL,
  bootedAt: Date.now() - HOUR,
}
const before = here.bootedAt - HOUR

/** A lock of the process that is told; by default of one that would be gone, were it here. */
const lockOf = (o: object): string =>
  JSON.stringify({
    pid: NOBODY,
    began: '1',
    machine: 'one',
    bootId: 'boot-2',
    namespace: INITIAL,
    at: Date.now(),
    ...o,
  })

test.each([
  ['in another container, whatever its id means here', { namespace: 'pid:[4026532000]' }],
  ['of our own id in another container', { pid: process.pid, namespace: 'pid:[4026532000]', at: before }],
  ['on another machine, since before this one started', { machine: 'two', bootId: 'boot-1', at: before }],
  ['on a machine of our name that started later', { bootId: 'boot-1' }],
  ['in a container of another boot', { bootId: 'boot-1', namespace: 'pid:[4026532000]', at: before }],
  ['where there are neither boot ids nor namespaces', { bootId: null, namespace: null }],
])('a lock of a process %s counts as live, and its file is named', async (_, o) => {
  await using at = await folder()
  await (await lockForProcess({ path: at.path, held }))[Symbol.asyncDispose]()
  const content = lockOf(o)
  await writeFile(at.path, content)
  await expect(lockForProcess({ path: at.path, held, here, again: true })).rejects.toThrow(
    /^held by process \d+ of another container or machine .*remove \/.*lock\.json\)$/,
  )
  expect(await readFile(at.path, 'utf8')).toBe(content)
})

test.each([
  ['is gone from here', {}],
  ['ended with an earlier start of this machine', { bootId: 'boot-1', at: before }],
])('a lock of a process that %s is taken over', async (_, o) => {
  await using at = await folder()
  await (await lockForProcess({ path: at.path, held }))[Symbol.asyncDispose]()
  await writeFile(at.path, lockOf(o))
  await using _lock = await lockForProcess({ path: at.path, held, here })
  expect(JSON.parse(await readFile(at.path, 'utf8'))).toMatchObject({
    pid: process.pid,
    machine: 'one',
    bootId: 'boot-2',
    namespace: INITIAL,
  })
})

test('in a container, a lock of before its machine started anew counts as live', async () => {
  await using at = await folder()
  await (await lockForProcess({ path: at.path, held }))[Symbol.asyncDispose]()
  await writeFile(at.path, lockOf({ bootId: 'boot-1', at: before }))
  const inside = { ...here, namespace: 'pid:[4026532000]' }
  await expect(lockForProcess({ path: at.path, held, here: inside })).rejects.toThrow(/another container/)
})

test.runIf(process.platform === 'linux')('a lock says where its process runs', async () => {
  await using at = await folder()
  await using _lock = await lockForProcess({ path: at.path, held })
  expect(JSON.parse(await readFile(at.path, 'utf8'))).toMatchObject({
    bootId: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
    namespace: await readlink('/proc/self/ns/pid'),
  })
})

test('where it may, this process takes its own lock again; what it gave up does not take it away', async () => {
  await using at = await folder()
  const first = await lockForProcess({ path: at.path, held })
  await using _second = await lockForProcess({ path: at.path, held, again: true })
  await first[Symbol.asyncDispose]()
  expect(JSON.parse(await readFile(at.path, 'utf8'))).toMatchObject({ pid: process.pid })
})
