import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host, Target } from '../../../../harness/model/target.ts'
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
let key: KeyPair
let sshd: Sshd
let dir = ''

beforeAll(async () => {
  dir = stack.use(await scratch()).dir
  await chmod(dir, 0o711)
  key = await makeKeyPair(join(dir, 'id'))
  await writeFile(join(dir, 'banner'), '*** Authorized use only ***\n'.repeat(20))
  sshd = stack.use(
    await startSshd({ authorizedKeys: [key.publicLine], config: [`Banner ${join(dir, 'banner')}`] }),
  )
})
afterAll(() => stack.disposeAsync())

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** Files that a shell reads before it runs a command over SSH; dash reads none. */
const PROFILES: Readonly<Record<string, string>> = {
  '/bin/bash': '.bashrc',
  '/usr/bin/fish': '.config/fish/config.fish',
}
const SHELLS = ['/bin/bash', '/bin/dash', '/usr/bin/fish'].filter(existsSync)

describe.each(SHELLS)('a user whose login shell is %s', shell => {
  let user: TestUser
  let target: Target & { readonly one: Host }
  let host: Host

  beforeAll(async () => {
    user = stack.use(await makeTestUser(shell))
    target = stack.use(
      await sshTarget({ connection: await connectionTo(sshd, key, dir, { user: user.name }) }),
    )
    host = target.one
  })

  test('gets every word as it was meant', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 30 }), async list => {
        const words = list.map(word => word.replaceAll('\0', ''))
        const exit = await host.exec([
          'printf',
          '%s\\n--\\n',
          "it's",
          '\\',
          '-n',
          '$(id)',
          '',
          'ä€😀\n',
          ...words,
        ])
        expect(exit.stdout).toBe(
          ["it's", '\\', '-n', '$(id)', '', 'ä€😀\n', ...words].map(word => `${word}\n--\n`).join(''),
        )
      }),
      { seed: 5, numRuns: 5 },
    )
  })

  test('runs in our locale, zone, umask, folder and environment', async () => {
    const exit = await host.exec(['sh', '-c', 'umask; pwd; echo "$LC_ALL $TZ $A"; exit 7'], {
      cwd: '/usr',
      env: { A: "x 'y'" },
    })
    expect(exit).toMatchObject({ code: 7, stdout: "0077\n/usr\nC UTC x 'y'\n", stderr: '' })
  })

  test.skipIf(PROFILES[shell] === undefined)(
    'is spared the words of its profile, on both outputs',
    async () => {
      const profile = join(user.home, PROFILES[shell] ?? '')
      await mkdir(dirname(profile), { recursive: true })
      await writeFile(
        profile,
        `echo noise; echo more noise >&2; echo read >>${user.home}/read; printf "no newline"\n`,
      )
      for (const path of [profile, dirname(profile), dirname(dirname(profile))]) await chmod(path, 0o755)
      await chmod(user.home, 0o777)
      expect(await host.exec(['echo', 'clean'])).toMatchObject({ stdout: 'clean\n', stderr: '' })
      expect(await readFile(join(user.home, 'read'), 'utf8')).toMatch(/^read/)
    },
  )
})

describe('commands', () => {
  let host: Host
  beforeAll(async () => {
    host = stack.use(await sshTarget({ connection: await connectionTo(sshd, key, dir) })).one
  })

  test('the ends of programs: exit code, signal', async () => {
    expect(await host.exec(['sh', '-c', 'exit 42'])).toMatchObject({ code: 42, signal: null })
    expect(await host.exec(['sh', '-c', 'kill -KILL $$'])).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  test('stdin arrives whole', async () => {
    const exit = await host.exec(['cksum'], { stdin: Buffer.alloc(3_000_000, 'x') })
    expect(exit.stdout).toMatch(/ 3000000\n$/)
  })

  test('output is cut at the bound, and said to be', async () => {
    const exit = await host.exec(['sh', '-c', 'head -c 5000000 /dev/zero | tr "\\0" x'], { maxBytes: 1000 })
    expect(exit).toMatchObject({ code: 0, truncated: true })
    expect(exit.stdout).toBe('x'.repeat(1000))
  })

  test('a program or folder that is not there is an error of its own', async () => {
    await expect(host.exec(['no-such-program'])).rejects.toMatchObject({ code: 'program-missing' })
    await expect(host.exec(['true'], { cwd: '/nowhere' })).rejects.toMatchObject({ code: 'no-folder' })
  })

  test('at its deadline a command is ended there too', async () => {
    const pidFile = join(dir, 'slow.pid')
    const slow = host.exec(['sh', '-c', 'echo $$ >"$1"; sleep 300; true', 'sh', pidFile], {
      deadlineSeconds: 1,
    })
    await expect(slow).rejects.toMatchObject({ code: 'deadline' })
    await expect
      .poll(async () => existsSync(`/proc/${(await readFile(pidFile, 'utf8')).trim()}/stat`), {
        timeout: 10_000,
      })
      .toBe(false)
  })

  test('an aborted command is ended with the reason of the abort', async () => {
    const controller = new AbortController()
    const slow = host.exec(['sleep', '300'], { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 200)
    await expect(slow).rejects.toThrow('enough')
  })

  test('files travel both ways, with their modes, and nothing else is left in the folder', async () => {
    const content = randomBytes(5_000_000)
    const folder = join(dir, 'made', 'for it')
    await host.put(
      [
        { name: 'big.bin', mode: 0o640, content },
        { name: "it's", mode: 0o755, content: 'ä' },
      ],
      folder,
    )
    expect((await stat(join(folder, 'big.bin'))).mode & 0o777).toBe(0o640)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(folder, "it's"), 'utf8')).toBe('ä')
    expect((await host.exec(['ls', '-A', folder])).stdout).toBe("big.bin\nit's\n")
    expect(content.equals(await drain(host.fetch(join(folder, 'big.bin'), 5_000_000)))).toBe(true)
  })

  test('when one file can not be placed none is', async () => {
    const folder = join(dir, 'half')
    await host.exec(['mkdir', '-p', join(folder, 'taken')])
    const put = host.put(
      [
        { name: 'a', mode: 0o600, content: 'a' },
        { name: 'taken', mode: 0o600, content: 'b' },
      ],
      folder,
    )
    await expect(put).rejects.toMatchObject({ code: 'put-failed' })
    expect((await host.exec(['ls', '-A', folder])).stdout).toBe('taken\n')
  })

  test.each(['../escape', 'a/b', '..', ''])('%j is no name for a file', async name => {
    await expect(host.put([{ name, mode: 0o600, content: '' }], dir)).rejects.toMatchObject({
      code: 'bad-file-name',
    })
  })

  test('fetching tells what is wrong', async () => {
    await expect(drain(host.fetch(join(dir, 'nothing'), 10))).rejects.toMatchObject({ code: 'file-absent' })
    await expect(drain(host.fetch(join(dir, 'banner'), 10))).rejects.toThrow(/more than the 10 allowed/)
    await expect(drain(host.fetch(dir, 10))).rejects.toThrow(/not a regular file/)
  })

  test('a reader may stop in the middle', async () => {
    await writeFile(join(dir, 'long'), Buffer.alloc(20_000_000))
    for await (const chunk of host.fetch(join(dir, 'long'), 1e8)) if (chunk.length > 0) break
    expect((await host.exec(['echo', 'on'])).stdout).toBe('on\n')
  })

  test('the clock is read to well below the limit of the rules', async () => {
    const probe = await host.clock()
    expect(Math.abs(probe.offset)).toBeLessThanOrEqual(probe.uncertainty + 1000)
    expect(probe.uncertainty).toBeLessThan(200_000)
    const boottime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1e6
    expect(Math.abs(boottime - probe.boot)).toBeLessThan(5e6)
  })
})

test('an account without a shell is refused with what it said', async () => {
  const user = stack.use(await makeTestUser('/usr/sbin/nologin'))
  const { one } = stack.use(
    await sshTarget({ connection: await connectionTo(sshd, key, dir, { user: user.name }) }),
  )
  await expect(one.exec(['true'])).rejects.toMatchObject({
    code: 'shell-refused',
    message: expect.stringContaining('not available'),
  })
})
