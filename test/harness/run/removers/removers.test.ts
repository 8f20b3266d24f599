import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Json } from '../../../../harness/model/json.ts'
import type { Host } from '../../../../harness/model/target.ts'
import { fileMark, folderName, MARKER } from '../../../../harness/run/names.ts'
import { removers } from '../../../../harness/run/removers/registry.ts'
import type { Removed } from '../../../../harness/run/removers/remover.ts'
import { lightMachine } from '../light-machine.ts'

const CAMPAIGN = 'web-20260101T000000Z-0a1b'
const OURS = folderName(CAMPAIGN, '0001-here-toy-r1-a1')

interface Place extends AsyncDisposable {
  readonly dir: string
  readonly host: Host
  remove(remover: string, args: Readonly<Record<string, Json>>, purge?: boolean): Promise<Removed>
}

async function place(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'jm-remove-'))
  const machine = lightMachine(dir, () => 0)
  const light = machine.host('web', ['sut'])
  await mkdir(join(dir, 'bin'))
  const path = `${join(dir, 'bin')}:${process.env['PATH']}`
  const host: Host = { ...light, exec: (argv, o) => light.exec(argv, { ...o, env: { PATH: path } }) }
  return {
    dir,
    host,
    remove: async (id, args, purge = true) => {
      const remover = removers.get(id)
      if (remover === undefined) throw new Error(`no remover ${id}`)
      return remover({ campaign: CAMPAIGN, host, args, purge })
    },
    [Symbol.asyncDispose]: async () => {
      await machine[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

test('a folder of ours goes with all in it, once', async () => {
  await using at = await place()
  const path = join(at.dir, OURS)
  await mkdir(join(path, 'deep'), { recursive: true })
  await writeFile(join(path, 'deep', '-rf *'), '')
  expect(await at.remove('directory', { path })).toBe('removed')
  expect(await at.remove('directory', { path })).toBe('was-gone')
  expect(await readdir(at.dir)).toEqual(['bin'])
})

test.skipIf(process.getuid?.() !== 0)('a marked folder of another user is kept', async () => {
  await using at = await place()
  const path = join(at.dir, OURS)
  await mkdir(path)
  await chown(path, 65534, 65534)
  expect(await at.remove('directory', { path, marked: true })).toBe('kept')
})

test('a marked folder of another campaign is kept', async () => {
  await using at = await place()
  const path = join(at.dir, OURS)
  await mkdir(path)
  const marker = join(path, MARKER)
  await writeFile(marker, JSON.stringify({ owner: 'a', campaign: 'other', run: 'r', expires: 1 }))
  expect(await at.remove('directory', { path, marked: true })).toBe('kept')
  await writeFile(marker, JSON.stringify({ owner: 'a', campaign: CAMPAIGN, run: 'r', expires: 1 }))
  expect(await at.remove('directory', { path, marked: true })).toBe('removed')
  await mkdir(path)
  expect(await at.remove('directory', { path, marked: true })).toBe('removed')
})

test('a link in the place of our folder is removed, not followed', async () => {
  await using at = await place()
  await mkdir(join(at.dir, 'precious'))
  await writeFile(join(at.dir, 'precious', 'file'), '')
  await symlink(join(at.dir, 'precious'), join(at.dir, OURS))
  expect(await at.remove('directory', { path: join(at.dir, OURS) })).toBe('removed')
  expect(await readdir(join(at.dir, 'precious'))).toEqual(['file'])
})

const hostile: readonly (readonly [string, Readonly<Record<string, Json>>])[] = [
  ['directory', { path: '/' }],
  ['directory', { path: '/tmp' }],
  ['directory', { path: `/tmp/${OURS}/../../etc` }],
  ['directory', { path: `/tmp/${folderName('other', '0001-here-toy-r1-a1')}` }],
  ['directory', { path: ['/tmp'] }],
  ['directory', {}],
  ['cgroup', { paths: ['/sys/fs/cgroup'] }],
  ['cgroup', { paths: [`/sys/fs/cgroup/${OURS}`, '/sys/fs/cgroup/system.slice'] }],
  ['cgroup', { paths: [] }],
  ['detached', { dir: '/run', name: 'sshd' }],
  ['detached', { dir: `/tmp/${OURS}`, name: '../../run/sshd' }],
  ['lock', { path: '/etc/passwd', owner: 'a' }],
  ['lock', { path: '/tmp/../etc/x.lock', owner: 'a' }],
  ['lock', { path: '/run/lock/x.lock', owner: '"' }],
  ['packages', { manager: 'apt', names: ['--purge', 'bash'], purge: true }],
  ['packages', { manager: 'apt', names: ['bash; rm -rf /'], purge: true }],
  ['packages', { manager: 'rm -rf', names: ['bash'], purge: true }],
  ['file', { path: 'etc/passwd' }],
  ['file', { path: `/tmp/${OURS}/../../etc/passwd` }],
]

test.each(hostile)('%s with %j is refused and no command is run', async (id, args) => {
  await using at = await place()
  let asked = 0
  const touchy = new Proxy(at.host, {
    get: (of, name: keyof Host) => {
      if (name !== 'id') asked += 1
      return of[name]
    },
  })
  const remover = removers.get(id)
  await expect(remover?.({ campaign: CAMPAIGN, host: touchy, args, purge: true })).rejects.toMatchObject({
    code: 'ledger-refused',
    exit: 'leftBehind',
  })
  expect(asked).toBe(0)
})

test('a file outside of our folders goes only if it carries the mark of its campaign', async () => {
  await using at = await place()
  const path = join(at.dir, 'policy')
  await writeFile(path, `#!/bin/sh\n${fileMark('other')}\nexit 101\n`)
  expect(await at.remove('file', { path })).toBe('kept')
  await writeFile(path, `#!/bin/sh\n${fileMark(CAMPAIGN)}\nexit 101\n`)
  await symlink(path, join(at.dir, 'link'))
  expect(await at.remove('file', { path: join(at.dir, 'link') })).toBe('kept')
  expect(await at.remove('file', { path })).toBe('removed')
  expect(await at.remove('file', { path })).toBe('was-gone')
})

test('a folder that is no cgroup is refused, and the processes it names live on', async () => {
  await using at = await place()
  const path = join(at.dir, OURS)
  await mkdir(path)
  const victim = spawn('sleep', ['600'], { stdio: 'ignore' })
  const ended = once(victim, 'exit')
  try {
    await writeFile(join(path, 'cgroup.procs'), `${victim.pid}\n`)
    const refused = expect.objectContaining({ code: 'ledger-refused', exit: 'leftBehind' })
    await expect(at.remove('cgroup', { paths: { cpu: path } })).rejects.toEqual(refused)
    expect(victim.signalCode).toBeNull()
    expect(await at.remove('cgroup', { paths: { cpu: `${path}-gone` } })).toBe('was-gone')
  } finally {
    victim.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
  }
})

test('a process of ours is ended, once', async () => {
  await using at = await place()
  const dir = join(at.dir, OURS)
  await mkdir(dir)
  await at.host.start({ host: 'web', dir, name: 'toy' }, ['sleep', '600'], { lifeSeconds: 600 })
  expect(await at.remove('detached', { dir, name: 'toy' })).toBe('removed')
  expect(await at.remove('detached', { dir, name: 'toy' })).toBe('was-gone')
  expect(await at.remove('detached', { dir, name: 'never' })).toBe('was-gone')
})

test.skipIf(process.getuid?.() !== 0)(
  'a process that another user names in a folder of ours is left alone',
  async () => {
    await using at = await place()
    const dir = join(at.dir, OURS)
    await mkdir(dir)
    await at.host.start({ host: 'web', dir, name: 'toy' }, ['sleep', '600'], { lifeSeconds: 600 })
    const refused = { code: 'not-ours', exit: 'leftBehind' }
    await writeFile(join(dir, 'toy.pid'), '1 1 -')
    await chown(join(dir, 'toy.pid'), 65534, 65534)
    await expect(at.remove('detached', { dir, name: 'toy' })).rejects.toMatchObject(refused)
    await rm(join(dir, 'toy.pid'))
    await chown(dir, 65534, 65534)
    await expect(at.remove('detached', { dir, name: 'toy' })).rejects.toMatchObject(refused)
    expect((await at.host.status({ host: 'web', dir, name: 'toy' })).state).toBe('running')
    await chown(dir, 0, 0)
    expect(await at.remove('detached', { dir, name: 'toy' })).toBe('removed')
  },
)

/** dpkg over a file with one installed package a line; `needed` is needed by another one. */
const DPKG = (list: string): string => `#!/bin/sh
[ "$1" = --purge ] || exit 2
shift 2
for name; do [ "$name" = needed ] && { echo 'dependency problems' >&2; exit 1; }; done
for name; do grep -vxF "$name" '${list}' > '${list}.new'; mv '${list}.new' '${list}'; done
`
const QUERY = (list: string): string => `#!/bin/sh
for last; do :; done
grep -qxF "$last" '${list}' && echo installed
`

test('packages of ours are purged where the plan says so; what others need by now is left, with the reason', async () => {
  await using at = await place()
  const list = join(at.dir, 'installed')
  await writeFile(list, 'ours\nneeded\ntheirs\n')
  await writeFile(join(at.dir, 'bin', 'dpkg'), DPKG(list))
  await writeFile(join(at.dir, 'bin', 'dpkg-query'), QUERY(list))
  for (const name of ['dpkg', 'dpkg-query']) await chmod(join(at.dir, 'bin', name), 0o755)
  const args = { manager: 'apt', names: ['ours', 'never-came'] }
  expect(await at.remove('packages', { ...args, purge: false })).toBe('kept')
  // The ledger alone does not say so: the plan must.
  expect(await at.remove('packages', { ...args, purge: true }, false)).toBe('kept')
  expect(await at.remove('packages', { ...args, purge: true })).toBe('removed')
  expect(await at.remove('packages', { ...args, purge: true })).toBe('was-gone')
  const needed = at.remove('packages', { manager: 'apt', names: ['needed'], purge: true })
  await expect(needed).rejects.toThrow(/packages needed on host web can't be removed .*dependency problems/)
  expect(await readFile(list, 'utf8')).toBe('needed\ntheirs\n')
})
