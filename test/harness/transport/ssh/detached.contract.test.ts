import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SshConnection } from '../../../../harness/model/connection.ts'
import type { DetachedRef, Host } from '../../../../harness/model/target.ts'
import {
  type KeyPair,
  makeKeyPair,
  makeTestUser,
  type Sshd,
  startSshd,
  type TestUser,
} from '../../../testbed/sshd.ts'
import { connectionTo, scratch, sshTarget } from '../../../testbed/sshd-target.ts'

const stack = new AsyncDisposableStack()
let dir = ''
let key: KeyPair
let sshd: Sshd
let user: TestUser
let connection: SshConnection

beforeAll(async () => {
  dir = stack.use(await scratch()).dir
  key = await makeKeyPair(join(dir, 'id'))
  // One session per connection, and no sftp: what is least there has to be enough.
  sshd = stack.use(await startSshd({ authorizedKeys: [key.publicLine], config: ['MaxSessions 1'] }))
  user = stack.use(await makeTestUser('/bin/sh'))
  connection = await connectionTo(sshd, key, dir, { user: user.name })
})
afterAll(() => stack.disposeAsync())

const openHost = async (more: Partial<Parameters<typeof sshTarget>[0]> = {}): Promise<Host> =>
  stack.use(await sshTarget({ connection, ...more })).one

async function refFor(host: Host, name: string, root = user.home): Promise<DetachedRef> {
  const folder = join(root, `jm-${name}`)
  await host.exec(['mkdir', '-p', '-m', '700', folder])
  return { host: 'one', dir: folder, name }
}

test('with MaxSessions 1 commands that are asked for at once all run', async () => {
  const host = await openHost()
  const exits = await Promise.all(Array.from({ length: 6 }, (_, i) => host.exec(['echo', String(i)])))
  expect(exits.map(exit => exit.stdout)).toEqual(['0\n', '1\n', '2\n', '3\n', '4\n', '5\n'])
  expect(await sshd.log()).toContain('no more sessions')
})

test('a detached process survives the connection, and another controller finds, renews and ends it', async () => {
  const ref = await refFor(await openHost(), 'survivor')
  {
    await using first = await sshTarget({ connection })
    await first.one.start(ref, ['sh', '-c', 'cat; echo "$A"; pwd; exec sleep 300'], {
      lifeSeconds: 60,
      stdin: 'given\n',
      env: { A: 'b' },
      cwd: '/usr',
    })
  }
  const second = await openHost()
  expect(await second.status(ref)).toMatchObject({ state: 'running' })
  await second.renew(ref, 90)
  await second.stop(ref, { signal: 'INT', graceSeconds: 5 })
  await second.stop(ref)
  expect(await second.status(ref)).toEqual({ state: 'exited', code: 130, deadline: false })
  expect(await readFile(join(ref.dir, 'survivor.out'), 'utf8')).toBe('given\nb\n/usr\n')
})

test('nobody there: it ends itself at its deadline', async () => {
  const host = await openHost()
  const ref = await refFor(host, 'orphan')
  await host.start(ref, ['sleep', '300'], { lifeSeconds: 1 })
  await host.hush()
  await expect
    .poll(() => host.status(ref), { timeout: 20_000, interval: 500 })
    .toEqual({ state: 'exited', code: 143, deadline: true })
})

test('what was never started, or whose folder is gone, is gone', async () => {
  const host = await openHost()
  const ref = await refFor(host, 'never')
  expect(await host.status(ref)).toMatchObject({ state: 'gone' })
  await host.stop(ref)
  expect(await host.status({ ...ref, dir: '/nowhere/at/all' })).toMatchObject({ state: 'gone' })
})

test('after a lost connection the call fails with its own code, and the next call connects again', async () => {
  const host = await openHost()
  await host.exec(['true'])
  // The parent of the command's shell is the sshd that serves this connection.
  const cut = host.exec(['sh', '-c', 'kill -KILL $PPID; sleep 5'])
  await expect(cut).rejects.toMatchObject({ code: 'connection-lost', exit: 'unreachable' })
  expect((await host.exec(['echo', 'back'])).stdout).toBe('back\n')
})

test('a folder mounted noexec is no hindrance', async () => {
  const mount = join(user.home, 'noexec')
  await execa('mkdir', [mount])
  await execa('mount', ['-t', 'tmpfs', '-o', `noexec,nosuid,uid=${user.uid},mode=700`, 'tmpfs', mount])
  stack.defer(async () => {
    await execa('umount', [mount])
  })
  const host = await openHost()
  const ref = await refFor(host, 'noexec', mount)
  await host.start(ref, ['sleep', '300'], { lifeSeconds: 60 })
  expect(await host.status(ref)).toMatchObject({ state: 'running' })
  await host.stop(ref, { graceSeconds: 1 })
  const facts = await host.facts([`${mount}/*`])
  expect(Object.keys(facts.probes)).toContain(`${mount}/jm-noexec`)
  expect(facts.user.root).toBe(false)
})

describe('root through sudo', () => {
  const PASSWORD = 'a "hard" one'
  beforeAll(async () => {
    const { stdout } = await execa('openssl', ['passwd', '-6', '-stdin'], { input: PASSWORD })
    await execa('usermod', ['-p', stdout, user.name])
  })

  async function sudoers(line: string): Promise<AsyncDisposable> {
    const path = `/etc/sudoers.d/${user.name}`
    await writeFile(path, `Defaults:${user.name} !lecture\n${line}\n`, { mode: 0o440 })
    return { [Symbol.asyncDispose]: async () => void (await execa('rm', ['-f', path])) }
  }

  test('without a password where sudoers say so; detached processes of root are found and ended by it', async () => {
    await using _ = await sudoers(`${user.name} ALL=(root) NOPASSWD: /bin/sh`)
    const host = await openHost({ become: 'sudo' })
    const exit = await host.exec(['sh', '-c', 'id -u; umask; pwd; echo "$A $LC_ALL $TZ"; cat'], {
      become: true,
      stdin: 'in',
      cwd: '/usr',
      env: { A: 'x' },
    })
    expect(exit).toMatchObject({ code: 0, stdout: '0\n0077\n/usr\nx C UTC\nin' })
    const ref = await refFor(host, 'rooted')
    await host.start(ref, ['sh', '-c', 'id -u; exec sleep 300'], { lifeSeconds: 60, become: true })
    expect(await host.status(ref)).toMatchObject({ state: 'running' })
    await host.renew(ref, 100)
    await host.stop(ref, { signal: 'INT', graceSeconds: 5 })
    expect(await host.status(ref)).toEqual({ state: 'exited', code: 130, deadline: false })
    const out: Uint8Array[] = []
    for await (const chunk of host.fetch(join(ref.dir, 'rooted.out'), 100)) out.push(chunk)
    expect(Buffer.concat(out).toString()).toBe('0\n')
  })

  test('a file that only root may read is fetched', async () => {
    await using _ = await sudoers(`${user.name} ALL=(root) NOPASSWD: ALL`)
    await writeFile(join(dir, 'secret'), 'only root\n', { mode: 0o600 })
    await chmod(dir, 0o711)
    const host = await openHost({ become: 'sudo' })
    const out: Uint8Array[] = []
    for await (const chunk of host.fetch(join(dir, 'secret'), 100)) out.push(chunk)
    expect(Buffer.concat(out).toString()).toBe('only root\n')
  })

  test('with a password, which goes through stdin and is seen nowhere', async () => {
    await using _ = await sudoers(`${user.name} ALL=(root) ALL`)
    const host = await openHost({
      become: 'sudo',
      becomePassword: { env: 'PW' },
      env: { PW: PASSWORD, PATH: process.env.PATH },
    })
    const look =
      'id -u; cat; tr "\\0" "\\n" </proc/$$/environ; cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "'
    for (const input of ['one\n', 'two\n']) {
      const exit = await host.exec(['sh', '-c', look], { become: true, stdin: input })
      expect(exit.stdout.startsWith(`0\n${input}`)).toBe(true)
      expect(exit.stdout + exit.stderr).not.toContain(PASSWORD)
    }
  })

  test('a command at its deadline is ended, though it is root', async () => {
    await using _ = await sudoers(`${user.name} ALL=(root) NOPASSWD: ALL`)
    const host = await openHost({ become: 'sudo' })
    const pidFile = join(user.home, 'slow.pid')
    const slow = host.exec(['sh', '-c', 'echo $$ >"$1"; exec sleep 300', 'sh', pidFile], {
      become: true,
      deadlineSeconds: 1,
    })
    await expect(slow).rejects.toMatchObject({ code: 'deadline' })
    const pid = (await readFile(pidFile, 'utf8')).trim()
    await expect
      .poll(() => host.exec(['test', '-e', `/proc/${pid}`]).then(({ code }) => code), { timeout: 20_000 })
      .toBe(1)
  })

  test('a wrong password is refused by sudo, not by a hang', async () => {
    await using _ = await sudoers(`${user.name} ALL=(root) ALL`)
    const host = await openHost({
      become: 'sudo',
      becomePassword: { env: 'PW' },
      env: { PW: 'wrong', PATH: process.env.PATH },
    })
    await expect(host.exec(['id'], { become: true })).rejects.toMatchObject({ code: 'sudo-refused' })
  })

  test('without any right, and with become none, it is refused', async () => {
    const host = await openHost({ become: 'sudo' })
    await expect(host.exec(['id'], { become: true })).rejects.toMatchObject({ code: 'sudo-refused' })
    const plain = await openHost()
    await expect(plain.exec(['id'], { become: true })).rejects.toMatchObject({ code: 'become-none' })
  })
})
