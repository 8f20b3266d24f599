import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Host } from '../../../harness/model/target.ts'
import {
  hostTime,
  type LockRequest,
  lockPath,
  refuseForeign,
  releaseLock,
  renewLock,
  takeLock,
} from '../../../harness/run/locks.ts'
import { lightMachine } from './light-machine.ts'

interface Place extends AsyncDisposable {
  readonly dir: string
  readonly host: Host
  request(owner: string, o?: { expires?: number; now?: number }): LockRequest
}

async function place(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'jm-lock-'))
  return {
    dir,
    host: lightMachine(dir, () => 0).host('web', ['sut']),
    request: (owner, o = {}) => ({
      path: join(dir, 'locks', 'boot-1.lock'),
      content: { owner, campaign: `campaign-of-${owner}`, run: 'r', expires: o.expires ?? 2000 },
      now: o.now ?? 1000,
    }),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

test('a lock is taken, renewed and given back, and its folder goes with it', async () => {
  await using at = await place()
  const mine = at.request('a')
  await takeLock(at.host, mine)
  await renewLock(at.host, { ...mine, content: { ...mine.content, expires: 9000 } })
  expect(JSON.parse(await readFile(mine.path, 'utf8'))).toEqual({ ...mine.content, expires: 9000 })
  expect(await releaseLock(at.host, { path: mine.path, owner: 'a' })).toBe('removed')
  expect(await releaseLock(at.host, { path: mine.path, owner: 'a' })).toBe('was-gone')
  expect(await readdir(at.dir)).toEqual([])
})

test('a foreign, live lock stops us, naming owner, campaign and expiry; it stays', async () => {
  await using at = await place()
  await takeLock(at.host, at.request('a', { expires: 2e12 }))
  const other = at.request('b')
  const refusal = {
    code: 'locked',
    exit: 'locked',
    message: 'host web is locked: owner a, campaign campaign-of-a, until 1970-01-24T03:33:20.000Z',
  }
  await expect(refuseForeign(at.host, other)).rejects.toMatchObject(refusal)
  await expect(takeLock(at.host, other)).rejects.toMatchObject(refusal)
  expect(await releaseLock(at.host, { path: other.path, owner: 'b' })).toBe('was-gone')
  expect(JSON.parse(await readFile(other.path, 'utf8'))).toMatchObject({ owner: 'a' })
  expect(await readdir(join(at.dir, 'locks'))).toEqual(['boot-1.lock'])
})

test('an expired lock is taken over; its first owner can not renew it', async () => {
  await using at = await place()
  const old = at.request('a', { expires: 1000 })
  await takeLock(at.host, old)
  const mine = at.request('b', { now: 1000 })
  await refuseForeign(at.host, mine)
  await takeLock(at.host, mine)
  expect(JSON.parse(await readFile(mine.path, 'utf8'))).toMatchObject({ owner: 'b' })
  await expect(renewLock(at.host, old)).rejects.toMatchObject({ code: 'lock-lost' })
  expect(await readdir(join(at.dir, 'locks'))).toEqual(['boot-1.lock'])
})

test('our own lock is ours the second time: two hosts may see one folder', async () => {
  await using at = await place()
  await takeLock(at.host, at.request('a'))
  await refuseForeign(at.host, at.request('a'))
  await takeLock(at.host, at.request('a', { expires: 5000 }))
  expect(JSON.parse(await readFile(at.request('a').path, 'utf8'))).toMatchObject({
    owner: 'a',
    expires: 2000,
  })
})

test('of many that want it at once, one gets it', async () => {
  await using at = await place()
  const wanting = Array.from({ length: 8 }, (_, i) => takeLock(at.host, at.request(`o${i}`)))
  const results = await Promise.allSettled(wanting)
  expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
  expect(await readdir(join(at.dir, 'locks'))).toEqual(['boot-1.lock'])
})

test('a lock that can not be read counts as live', async () => {
  await using at = await place()
  await mkdir(join(at.dir, 'locks'))
  await writeFile(at.request('a').path, 'garbage')
  await expect(takeLock(at.host, at.request('a'))).rejects.toMatchObject({ exit: 'locked' })
})

test.each([1e300, 9e15 + 1e14, -1, 0.5])(
  'an expiry that no clock of ours gives (%d) can not be read, counts as live, and its file is named',
  async expires => {
    await using at = await place()
    const mine = at.request('a', { now: 9e15 })
    await mkdir(join(at.dir, 'locks'))
    await writeFile(mine.path, JSON.stringify({ owner: 'x', campaign: 'c', run: 'r', expires }))
    const refusal = {
      exit: 'locked',
      message: `host web is locked: what ${mine.path} there says can not be read, so it counts as live`,
      hint: `when nothing runs there any more, remove ${mine.path} on host web`,
    }
    await expect(refuseForeign(at.host, mine)).rejects.toMatchObject(refusal)
    await expect(takeLock(at.host, mine)).rejects.toMatchObject(refusal)
  },
)

test('a lock that ends only in a month is said to be far ahead, and waiting is no advice', async () => {
  await using at = await place()
  await takeLock(at.host, at.request('a', { expires: 3e12 }))
  await expect(refuseForeign(at.host, at.request('b'))).rejects.toMatchObject({
    message: expect.stringMatching(/until 1970-02-04T17:20:00.000Z, more than 30 days ahead$/),
    hint: expect.stringMatching(
      /^go on with or reap that campaign, or, .* remove .*boot-1\.lock on host web$/,
    ),
  })
})

test("a host's time is by its own clock, whatever the controller's says, and the earliest that it can be", async () => {
  await using at = await place()
  const clock = async () => ({ at: 0, offset: -1800, uncertainty: 50, wall: 0, boot: 0, resolution: 1 })
  expect(await hostTime({ ...at.host, clock }, () => 5000)).toBe(5000 - 1800 - 50)
})

test('a folder that is a link is refused', async () => {
  await using at = await place()
  await mkdir(join(at.dir, 'elsewhere'))
  await symlink(join(at.dir, 'elsewhere'), join(at.dir, 'locks'))
  await expect(takeLock(at.host, at.request('a'))).rejects.toThrow(/is a link/)
  expect(await readdir(join(at.dir, 'elsewhere'))).toEqual([])
})

test('what lies where the lock is to be written is not written to', async () => {
  await using at = await place()
  const precious = join(at.dir, 'precious')
  await writeFile(precious, 'precious')
  const mine = at.request('a')
  await mkdir(join(at.dir, 'locks'))
  await symlink(precious, `${mine.path}.a`)
  await takeLock(at.host, mine)
  await symlink(precious, `${mine.path}.a`)
  await renewLock(at.host, mine)
  expect(await readFile(precious, 'utf8')).toBe('precious')
  expect(await readdir(join(at.dir, 'locks'))).toEqual(['boot-1.lock'])
})

test('a folder that others may write to is refused unless it is sticky', async () => {
  await using at = await place()
  const dir = join(at.dir, 'locks')
  await mkdir(dir)
  await chmod(dir, 0o777)
  await expect(takeLock(at.host, at.request('a'))).rejects.toThrow(/can be written by others/)
  expect(await readdir(dir)).toEqual([])
  await chmod(dir, 0o1777)
  await takeLock(at.host, at.request('a'))
  await chmod(dir, 0o777)
  await expect(renewLock(at.host, at.request('a'))).rejects.toThrow(/can be written by others/)
})

test.skipIf(process.getuid?.() !== 0)('a folder of another user is refused', async () => {
  await using at = await place()
  await mkdir(join(at.dir, 'locks'))
  await chown(join(at.dir, 'locks'), 65534, 65534)
  await expect(takeLock(at.host, at.request('a'))).rejects.toThrow(/belongs to user 65534/)
})

test('a boot id that is none can not name a lock', async () => {
  await using at = await place()
  await expect(lockPath(at.host, '../../etc/passwd', at.dir)).rejects.toMatchObject({ code: 'boot-id' })
})
