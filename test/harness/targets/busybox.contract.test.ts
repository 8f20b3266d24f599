import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '../../../harness/model/target.ts'
import { makeHost } from '../../../harness/targets/host.ts'
import { openLocalDoor } from '../../../harness/transport/local-door.ts'

/** A host with nothing but busybox: no perl, no bash, no coreutils, no getconf. */
const stack = new AsyncDisposableStack()
let host: Host
let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'joulemark-busybox-'))
  stack.defer(() => rm(root, { recursive: true, force: true }))
  for (const folder of ['bin', 'proc', 'dev', 'tmp', 'etc']) await mkdir(join(root, folder))
  await execa('cp', ['/bin/busybox', join(root, 'bin/busybox')])
  await execa('chroot', [root, '/bin/busybox', '--install', '-s', '/bin'])
  // Nodes of our own: the machine's /dev must never lie below a folder that is removed.
  for (const [name, minor] of [
    ['null', '3'],
    ['zero', '5'],
    ['urandom', '9'],
  ] as const)
    await execa('mknod', ['-m', '666', join(root, 'dev', name), 'c', '1', minor])
  await execa('mount', ['-t', 'proc', '-o', 'nosuid,nodev,noexec', 'proc', join(root, 'proc')])
  stack.defer(async () => void (await execa('umount', ['--lazy', join(root, 'proc')])))
  const door = stack.use(openLocalDoor({ env: { PATH: process.env.PATH, HOME: '/tmp' }, user: 'root' }))
  const inside = (argv: readonly string[]) => door.open(['chroot', root, ...argv])
  host = makeHost({
    id: 'tiny',
    roles: ['sut'],
    door: { ...door, open: inside, aside: inside },
    become: { kind: 'none', password: null },
    now: () => Date.now() * 1000,
  })
})
afterAll(() => stack.disposeAsync())

test('its facts are told, and what is missing is null', async () => {
  const facts = await host.facts(['/proc/loadavg', '/nowhere', '/dev', '/proc/sys/kernel/*release'])
  expect(facts).toMatchObject({
    perl: null,
    tools: { bash: null, sh: 'busybox', setsid: 'present', getconf: null },
    userHz: 100,
  })
  expect(facts.pageSize).toBeGreaterThanOrEqual(4096)
  expect(facts.workRoot).toBe('/tmp')
  expect(facts.probes).toMatchObject({
    '/proc/loadavg': { text: expect.stringMatching(/^\d/) },
    '/nowhere': { error: 'ENOENT' },
    '/dev': { error: 'EISDIR' },
    '/proc/sys/kernel/osrelease': { text: `${facts.kernel}\n` },
  })
})

test('its clock is read without perl and without nanoseconds, and its resolution is told', async () => {
  const probe = await host.clock()
  expect(probe.resolution).toBeGreaterThanOrEqual(10_000)
  expect(Math.abs(probe.offset)).toBeLessThan(probe.uncertainty + 100_000)
  expect(probe.uncertainty).toBeLessThan(300_000)
})

test('files travel both ways', async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 256))
  await host.put([{ name: 'a', mode: 0o600, content }], '/tmp/made')
  const parts: Uint8Array[] = []
  for await (const chunk of host.fetch('/tmp/made/a', 1e6)) parts.push(chunk)
  expect(Buffer.concat(parts).equals(content)).toBe(true)
})

test('processes are detached, and end at their deadline', async () => {
  const ref = { host: 'tiny', dir: '/tmp/made', name: 'job' }
  await host.start(ref, ['sleep', '300'], { lifeSeconds: 60 })
  expect(await host.status(ref)).toMatchObject({ state: 'running' })
  await host.renew(ref, 1)
  await expect
    .poll(() => host.status(ref), { timeout: 20_000, interval: 300 })
    .toEqual({ state: 'exited', code: 143, deadline: true })
})

/** Takes the options of a scope and becomes the program, as systemd-run --scope does. */
const SCOPE = `#!/bin/sh
case "$*" in '--quiet --scope --collect '*) shift 3 ;; *) exit 1 ;; esac
echo "$1" >>/tmp/scopes
exec "$@"
`

test('where systemd runs, the process is in a scope of its own', async () => {
  await mkdir(join(root, 'run/systemd/system'), { recursive: true })
  await writeFile(join(root, 'bin/systemd-run'), SCOPE, { mode: 0o755 })
  const ref = { host: 'tiny', dir: '/tmp/made', name: 'scoped' }
  await host.start(ref, ['sleep', '300'], { lifeSeconds: 60 })
  expect(await readFile(join(root, 'tmp/scopes'), 'utf8')).toBe('true\nsetsid\n')
  expect(await readFile(join(root, 'tmp/made/scoped.how'), 'utf8')).toBe('scope+setsid\n')
  await host.stop(ref, { signal: 'INT', graceSeconds: 5 })
  expect(await host.status(ref)).toEqual({ state: 'exited', code: 130, deadline: false })
})
