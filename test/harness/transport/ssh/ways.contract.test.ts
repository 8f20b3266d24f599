import { spawn } from 'node:child_process'
import { appendFile, chmod, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SshConnection } from '../../../../harness/model/connection.ts'
import type { JoulemarkError } from '../../../../harness/model/error.ts'
import { type KeyPair, makeKeyPair, type Sshd, startSshd } from '../../../testbed/sshd.ts'
import { connectionTo, type SshTargetOptions, scratch, sshTarget } from '../../../testbed/sshd-target.ts'

const stack = new AsyncDisposableStack()
let dir = ''
let key: KeyPair
let locked: KeyPair
let sshd: Sshd

beforeAll(async () => {
  dir = stack.use(await scratch()).dir
  key = await makeKeyPair(join(dir, 'id'))
  locked = await makeKeyPair(join(dir, 'id_locked'), 'ed25519', 'open sesame')
  sshd = stack.use(
    await startSshd({
      authorizedKeys: [key.publicLine, locked.publicLine],
      hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'],
    }),
  )
})
afterAll(() => stack.disposeAsync())

/** Connects, runs one command, and says how the host was reached. */
async function reach(connection: SshConnection, more: Omit<SshTargetOptions, 'connection'> = {}) {
  await using target = await sshTarget({ connection, ...more })
  expect((await target.one.exec(['echo', 'here'])).stdout).toBe('here\n')
  return target.one.link?.()
}

const refusal = (
  connection: SshConnection,
  more?: Omit<SshTargetOptions, 'connection'>,
): Promise<JoulemarkError> =>
  reach(connection, more).then(
    () => {
      throw new Error('it was let in')
    },
    (error: JoulemarkError) => error,
  )

async function knownHosts(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text)
  return join(dir, name)
}

describe('host keys', () => {
  test.each([0, 1, 2])('one known key is enough, of whichever type (%i)', async index => {
    const lines = sshd.knownHosts().split('\n')
    const link = await reach(
      await connectionTo(sshd, key, dir, { knownHosts: await knownHosts('one', `${lines[index]}\n`) }),
    )
    expect(link?.key).toContain(sshd.hostKeys[index]?.fingerprint)
  })

  test('a hashed file is read', async () => {
    const path = await knownHosts('hashed', sshd.knownHosts())
    await execa('ssh-keygen', ['-q', '-H', '-f', path], { stderr: 'ignore' })
    expect((await reach(await connectionTo(sshd, key, dir, { knownHosts: path })))?.how).toBe('ssh')
  })

  test('an unknown key stops, with what was shown and what to do', async () => {
    const error = await refusal(
      await connectionTo(sshd, key, dir, { knownHosts: await knownHosts('empty', '') }),
    )
    expect(error).toMatchObject({ code: 'host-key-unknown', exit: 'unreachable' })
    expect(error.message).toContain(sshd.hostKeys[0]?.fingerprint)
    expect(error.hint).toContain('ssh-keyscan')
  })

  test('a file that is not there knows nobody', async () => {
    const error = await refusal(await connectionTo(sshd, key, dir, { knownHosts: join(dir, 'no-such-file') }))
    expect(error.code).toBe('host-key-unknown')
  })

  test('a changed key stops, with both keys, file and line', async () => {
    const other = await makeKeyPair(join(dir, 'other'))
    const path = await knownHosts('changed', `# a comment\n[127.0.0.1]:${sshd.port} ${other.publicLine}\n`)
    const error = await refusal(await connectionTo(sshd, key, dir, { knownHosts: path }))
    expect(error).toMatchObject({ code: 'host-key-changed', place: { file: path, line: 2 } })
    expect(error.message).toContain(other.fingerprint)
    expect(error.message).toContain(sshd.hostKeys[0]?.fingerprint)
    expect(error.hint).toContain('ssh-keygen -R')
  })

  test('a revoked key stops, though another line knows it', async () => {
    const path = await knownHosts(
      'revoked',
      `${sshd.knownHosts()}@revoked * ${sshd.hostKeys[0]?.publicLine}\n`,
    )
    const error = await refusal(await connectionTo(sshd, key, dir, { knownHosts: path }))
    expect(error).toMatchObject({ code: 'host-key-revoked', place: { line: 4 } })
  })

  test.each([0, 1, 2])('a pinned fingerprint needs no file (%i)', async index => {
    const pinned = sshd.hostKeys[index]?.fingerprint ?? ''
    const link = await reach(
      await connectionTo(sshd, key, dir, { hostKey: pinned, knownHosts: await knownHosts('none', '') }),
    )
    expect(link?.key).toContain(pinned)
  })

  test('another than the pinned key stops, though known_hosts knows it', async () => {
    const error = await refusal(await connectionTo(sshd, key, dir, { hostKey: key.fingerprint }))
    expect(error.code).toBe('host-key-changed')
    expect(error.message).toContain(key.fingerprint)
  })

  test('nothing is sent to a host whose key is refused', async () => {
    const before = await sshd.log()
    await refusal(await connectionTo(sshd, key, dir, { knownHosts: await knownHosts('empty', '') }))
    expect((await sshd.log()).slice(before.length)).not.toMatch(/Accepted|Postponed|Failed/)
  })
})

describe('keys of ours', () => {
  test('a passphrase comes by reference', async () => {
    const connection = await connectionTo(sshd, locked, dir, { passphrase: { env: 'PHRASE' } })
    await reach(connection, { env: { PHRASE: 'open sesame', PATH: process.env.PATH } })
    expect((await refusal(connection, { env: { PHRASE: 'wrong', PATH: process.env.PATH } })).code).toBe(
      'passphrase-wrong',
    )
  })

  test('a passphrase is asked for where somebody is there, and not again at the next connection', async () => {
    const asked: string[] = []
    const prompt = async (question: string) => {
      asked.push(question)
      return 'open sesame'
    }
    await using target = await sshTarget({ connection: await connectionTo(sshd, locked, dir), prompt })
    await target.one.exec(['true'])
    await target.one.hush()
    await target.one.exec(['true'])
    expect(asked).toEqual([`Passphrase of ${locked.path}: `])
    expect((await refusal(await connectionTo(sshd, locked, dir))).code).toBe('login-refused')
  })

  test('a key that others may read is not used', async () => {
    const open = await makeKeyPair(join(dir, 'id_open'))
    await chmod(open.path, 0o644)
    expect(await refusal(await connectionTo(sshd, open, dir))).toMatchObject({
      code: 'key-open',
      hint: expect.stringContaining('chmod 600'),
    })
  })

  test('a key that the host does not know is refused, and said to have been tried', async () => {
    const stranger = await makeKeyPair(join(dir, 'id_stranger'))
    const error = await refusal(await connectionTo(sshd, stranger, dir))
    expect(error).toMatchObject({ code: 'login-refused' })
    expect(error.message).toContain(stranger.path)
  })

  test.each(['rsa', 'ecdsa'] as const)('a key of type %s is let in', async type => {
    const other = await makeKeyPair(join(dir, `id_${type}`), type)
    await using host = await startSshd({ authorizedKeys: [other.publicLine] })
    expect((await reach(await connectionTo(host, other, dir)))?.key).toContain(other.path)
  })

  test('the agent signs, also for a key whose file is locked', async () => {
    const socket = join(dir, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      const env = { SSH_AUTH_SOCK: socket, PATH: process.env.PATH }
      await expect
        .poll(() => execa('ssh-add', ['-l'], { env, reject: false }).then(({ exitCode }) => exitCode))
        .toBe(1)
      await execa('ssh-add', ['-q', key.path], { env })
      const { identity: _, ...plain } = await connectionTo(sshd, key, dir)
      expect((await reach(plain, { env }))?.key).toMatch(/^agent;/)
      expect((await refusal(await connectionTo(sshd, locked, dir), { env })).code).toBe('login-refused')
      await writeFile(join(dir, 'askpass'), '#!/bin/sh\necho "open sesame"\n', { mode: 0o700 })
      await execa('ssh-add', ['-q', locked.path], {
        env: { ...env, SSH_ASKPASS: join(dir, 'askpass'), SSH_ASKPASS_REQUIRE: 'force' },
      })
      expect((await reach(await connectionTo(sshd, locked, dir), { env }))?.key).toMatch(/^agent;/)
    } finally {
      agent.kill()
    }
  })
})

describe('the way', () => {
  test('leads through two jump hosts, each with its own key', async () => {
    await using first = await startSshd({ authorizedKeys: [key.publicLine] })
    await using second = await startSshd({ authorizedKeys: [key.publicLine] })
    const jump = [await connectionTo(first, key, dir), await connectionTo(second, key, dir)]
    const link = await reach(await connectionTo(sshd, key, dir, { jump }))
    expect(link?.via).toEqual([`root@127.0.0.1:${first.port}`, `root@127.0.0.1:${second.port}`])
    expect(await second.log()).toContain('Accepted publickey')
    const stranger = { ...(await connectionTo(second, key, dir)), knownHosts: await knownHosts('empty', '') }
    const error = await refusal(await connectionTo(sshd, key, dir, { jump: [jump[0] ?? stranger, stranger] }))
    expect(error.message).toContain(`root@127.0.0.1:${second.port}`)
    expect(error.code).toBe('host-key-unknown')
  })

  test('a jump host that forwards nothing is named', async () => {
    await using closed = await startSshd({
      authorizedKeys: [key.publicLine],
      config: ['AllowTcpForwarding no'],
    })
    const error = await refusal(
      await connectionTo(sshd, key, dir, { jump: [await connectionTo(closed, key, dir)] }),
    )
    expect(error).toMatchObject({ code: 'jump-refused' })
    expect(error.message).toContain(String(closed.port))
  })

  test('goes where the ssh_config says, through its jump hosts too; fields of the campaign win', async () => {
    await using jump = await startSshd({ authorizedKeys: [key.publicLine] })
    const known = await knownHosts(
      'config_hosts',
      `under-alias ${sshd.hostKeys[0]?.publicLine}\n${jump.knownHosts()}`,
    )
    const config = join(dir, 'ssh_config')
    await writeFile(
      config,
      `Host web
  HostName 127.0.0.1
  Port ${sshd.port}
  HostKeyAlias under-alias
  ProxyJump through
Host through
  HostName 127.0.0.1
  Port ${jump.port}
Host *
  User root
  IdentityFile ${key.path}
  IdentitiesOnly yes
  UserKnownHostsFile ${known}
`,
    )
    const link = await reach({ address: 'web', config })
    expect(link).toMatchObject({
      user: 'root',
      address: `127.0.0.1:${sshd.port}`,
      via: [`root@127.0.0.1:${jump.port}`],
    })
    expect((await refusal({ address: 'web', config, user: 'nobody-here' })).message).toContain('nobody-here@')
    expect((await reach({ address: 'web', config, jump: [] }))?.via).toEqual([])
    await appendFile(config, 'NoSuchKeyword yes\n')
    expect((await refusal({ address: 'web', config })).code).toBe('ssh-config')
  })

  test('jump hosts in a circle are told', async () => {
    const config = join(dir, 'circle')
    await writeFile(config, 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n')
    expect((await refusal({ address: 'a', config })).code).toBe('jump-loop')
  })

  test('without an ssh program the campaign alone counts, and that is said', async () => {
    const { config: _, ...connection } = await connectionTo(sshd, key, dir)
    const link = await reach(connection, { env: { PATH: '/nonexistent' } })
    expect(link?.notes.join()).toContain('no ssh program')
  })

  const hasV6 = Object.values(networkInterfaces()).some(list =>
    list?.some(({ address }) => address === '::1'),
  )
  test.skipIf(!hasV6)('an IPv6 literal is an address', async () => {
    await using six = await startSshd({ authorizedKeys: [key.publicLine], address: '::1' })
    expect((await reach(await connectionTo(six, key, dir)))?.address).toBe(`[::1]:${six.port}`)
  })

  test('nobody listening is told with address and port', async () => {
    const gone = await startSshd({ authorizedKeys: [] })
    const connection = await connectionTo(gone, key, dir)
    await gone[Symbol.asyncDispose]()
    expect(await refusal(connection)).toMatchObject({
      code: 'host-unreachable',
      message: expect.stringContaining(String(gone.port)),
    })
  })

  test('one that takes the call and says nothing is given up on, also behind a jump host', async () => {
    const silent = createServer()
    const port = await new Promise<number>(resolve => {
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as AddressInfo).port))
    })
    try {
      const config = join(dir, 'patience')
      await writeFile(config, 'Host *\n  ConnectTimeout 1\n')
      const { config: _, ...jump } = await connectionTo(sshd, key, dir)
      for (const way of [[], [jump]])
        expect(await refusal({ address: '127.0.0.1', port, config, jump: way })).toMatchObject({
          code: 'host-unreachable',
          message: expect.stringContaining('did not answer within 1 s'),
        })
    } finally {
      silent.close()
    }
  })

  test.each(['-oProxyCommand=true', 'a b', ''])('%j is no address', async address => {
    expect((await refusal({ address })).code).toBe('bad-address')
  })
})
