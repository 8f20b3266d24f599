import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, connect as tcpConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

/** A key pair in files. */
export interface KeyPair {
  readonly path: string
  /** `ssh-ed25519 AAAA…` */
  readonly publicLine: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

export interface SshdOptions {
  /** Lines for authorized_keys. */
  readonly authorizedKeys: readonly string[]
  /** Default 127.0.0.1. */
  readonly address?: string
  /** Default: a free one of the system's choosing. */
  readonly port?: number
  /** Lines of sshd_config that come first, and so win. */
  readonly config?: readonly string[]
  /** Default ed25519 alone. */
  readonly hostKeyTypes?: readonly KeyType[]
  /** Put before sshd's argv, e.g. `ip netns exec NAME`. */
  readonly prefix?: readonly string[]
  /** False: do not wait for the port (it can't be reached from here). Default true. */
  readonly wait?: boolean
}

/** A running sshd with its own host keys, all its files in one folder. */
export interface Sshd extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly dir: string
  readonly hostKeys: readonly KeyPair[]
  /** Lines for known_hosts under the name that clients look for. */
  knownHosts(name?: string): string
  log(): Promise<string>
}

/** Makes a key pair; `path` must not exist. */
export async function makeKeyPair(
  path: string,
  type: KeyType = 'ed25519',
  passphrase = '',
): Promise<KeyPair> {
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  await execa('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', 'test', '-f', path])
  const { stdout } = await execa('ssh-keygen', ['-l', '-f', `${path}.pub`])
  const line = (await readFile(`${path}.pub`, 'utf8')).trim()
  return { path, publicLine: line.split(' ').slice(0, 2).join(' '), fingerprint: stdout.split(' ')[1] ?? '' }
}

/** Starts an sshd and waits until it listens. Needs root. Dispose of it to end it and remove its folder. */
export async function startSshd(o: SshdOptions): Promise<Sshd> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-sshd-'))
  await chmod(dir, 0o711)
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const hostKeys: KeyPair[] = []
  for (const type of o.hostKeyTypes ?? ['ed25519'])
    hostKeys.push(await makeKeyPair(join(dir, `host_${type}`), type))
  await writeFile(join(dir, 'authorized_keys'), o.authorizedKeys.map(line => `${line}\n`).join(''), {
    mode: 0o644,
  })
  const address = o.address ?? '127.0.0.1'
  const port = o.port ?? (await freePort(address))
  await writeFile(join(dir, 'sshd_config'), configText(o, { dir, address, port, hostKeys }))
  const [file, ...args] = [
    ...(o.prefix ?? []),
    '/usr/sbin/sshd',
    '-D',
    '-f',
    join(dir, 'sshd_config'),
    '-E',
    join(dir, 'log'),
  ]
  const child = spawn(file, args, { stdio: 'ignore' })
  const dispose = async () => {
    await end(child)
    await rm(dir, { recursive: true, force: true })
  }
  try {
    if (o.wait !== false) await listening(address, port, child)
  } catch (error) {
    const log = await readFile(join(dir, 'log'), 'utf8').catch(() => '')
    await dispose()
    throw new Error(`sshd did not start: ${log}`, { cause: error })
  }
  return {
    address,
    port,
    dir,
    hostKeys,
    knownHosts: (name = port === 22 ? address : `[${address}]:${port}`) =>
      hostKeys.map(key => `${name} ${key.publicLine}\n`).join(''),
    log: () => readFile(join(dir, 'log'), 'utf8'),
    [Symbol.asyncDispose]: dispose,
  }
}

function configText(
  o: SshdOptions,
  at: {
    readonly dir: string
    readonly address: string
    readonly port: number
    readonly hostKeys: readonly KeyPair[]
  },
): string {
  const lines = [
    ...(o.config ?? []),
    `ListenAddress ${at.address.includes(':') ? `[${at.address}]` : at.address}:${at.port}`,
    ...at.hostKeys.map(key => `HostKey ${key.path}`),
    `AuthorizedKeysFile ${join(at.dir, 'authorized_keys')}`,
    `PidFile ${join(at.dir, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    'MaxStartups 100:30:200',
  ]
  return `${lines.join('\n')}\n`
}

/** A port that was free a moment ago. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, address, () => {
      const found = server.address()
      server.close(() =>
        found !== null && typeof found === 'object' ? resolve(found.port) : reject(new Error('no port')),
      )
    })
  })
}

async function listening(host: string, port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + 10_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await accepts(host, port)) return
    if (performance.now() > until) throw new Error('it does not listen')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const accepts = (host: string, port: number) =>
  new Promise<boolean>(resolve => {
    const socket = tcpConnect({ host, port })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })

/** Ends the listener; connections that are open go on until their clients leave. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  await gone
}

/** A user of the system, made for one test. */
export interface TestUser extends AsyncDisposable {
  readonly name: string
  readonly home: string
  readonly uid: number
}

/** Makes a user with a login shell, a home of its own and no password. Needs root. Dispose of it to remove it. */
export async function makeTestUser(shell: string): Promise<TestUser> {
  const name = `jmtest-${Math.trunc(performance.now() * 1000) % 1_000_000}-${process.pid}`.slice(0, 31)
  const home = await mkdtemp(join(tmpdir(), 'joulemark-home-'))
  await execa('useradd', [
    '--no-create-home',
    '--no-user-group',
    '--gid',
    '65534',
    '--home-dir',
    home,
    '--shell',
    shell,
    '--password',
    '*',
    name,
  ])
  const { stdout } = await execa('id', ['-u', name])
  await execa('chown', [`${stdout}:65534`, home])
  return {
    name,
    home,
    uid: Number(stdout),
    [Symbol.asyncDispose]: async () => {
      await execa('userdel', ['--force', name], { reject: false })
      await rm(home, { recursive: true, force: true })
    },
  }
}
