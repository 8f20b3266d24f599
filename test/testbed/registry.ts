import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A real registry of images (Debian's docker-registry) with a folder of its own. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:41234`; it speaks HTTP. */
  readonly name: string
  /** A home folder whose registries.conf(5) lets skopeo and buildah go there without TLS. */
  readonly home: string
  /** A docker config.json with its credentials, mode 0600; absent: anybody may come. */
  readonly authFile: string | undefined
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Debian's libcrypt knows bcrypt, the only kind of hash that the registry takes. */
function htpasswd({ user, password }: Credentials): string {
  const program = 'print crypt($ENV{PASSWORD}, q{$2y$05$} . q{a} x 22)'
  const hash = execFileSync('perl', ['-e', program], { env: { PASSWORD: password }, encoding: 'utf8' })
  return `${user}:${hash}\n`
}

const configText = (dir: string, name: string, auth: boolean): string =>
  JSON.stringify({
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: name },
    ...(auth ? { auth: { htpasswd: { realm: 'test', path: join(dir, 'htpasswd') } } } : {}),
  })

/** Starts a registry; with credentials it lets nobody else in. */
export async function startRegistry(
  o: { readonly address?: string; readonly credentials?: Credentials } = {},
): Promise<Registry> {
  const address = o.address ?? '127.0.0.1'
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-registry-'))
  const name = `${address}:${await freePort(address)}`
  const home = join(dir, 'home')
  const containers = join(home, '.config/containers')
  const authFile = o.credentials === undefined ? undefined : join(dir, 'auth.json')
  // YAML holds JSON.
  await writeFile(join(dir, 'config.yml'), configText(dir, name, authFile !== undefined))
  await mkdir(containers, { recursive: true })
  await writeFile(
    join(containers, 'registries.conf'),
    `[[registry]]\nlocation = "${name}"\ninsecure = true\n`,
  )
  if (o.credentials !== undefined && authFile !== undefined) {
    const auth = Buffer.from(`${o.credentials.user}:${o.credentials.password}`).toString('base64')
    await writeFile(join(dir, 'htpasswd'), htpasswd(o.credentials))
    await writeFile(authFile, JSON.stringify({ auths: { [name]: { auth } } }), { mode: 0o600 })
  }
  const log = await open(join(dir, 'log'), 'a')
  const child = spawn('docker-registry', ['serve', join(dir, 'config.yml')], {
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  await log.close()
  // A test process that ends early leaves nothing running.
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const dispose = async (): Promise<void> => {
    process.off('exit', killAtExit)
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await ready(name, child)
  } catch (error) {
    await dispose()
    throw error
  }
  return { name, home, authFile, [Symbol.asyncDispose]: dispose }
}

async function ready(name: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`docker-registry ended with ${child.exitCode ?? child.signalCode}`)
    const answer = await fetch(`http://${name}/v2/`, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    if (answer !== null && [200, 401].includes(answer.status)) return
    await sleep(50)
  }
  throw new Error('docker-registry is not ready within 30 s')
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return bound.port
}
