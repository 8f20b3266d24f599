import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A real InfluxDB 2 on loopback with its own data, set up with an organisation, a bucket and a token. */
export interface Influxd extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly org: string
  readonly bucket: string
  /** All-access token. */
  readonly token: string
  /** Starts it on the same port and data; returns when it answers. */
  start(): Promise<void>
  /** SIGTERM and wait for its end. */
  stop(): Promise<void>
  /** SIGKILL and wait for its end. */
  kill(): Promise<void>
  running(): boolean
  /** Raw annotated CSV of a Flux query. */
  query(flux: string): Promise<string>
  /** Writes line protocol (ns) past everything of ours; returns status and body. */
  write(lines: string, bucket?: string): Promise<{ readonly status: number; readonly body: string }>
  /** One more bucket; retention in seconds, 0: for ever. */
  createBucket(name: string, retentionSeconds?: number): Promise<void>
}

const ORG = 'bench'
const BUCKET = 'points'
const TOKEN = 'testbed-token-0123456789'

/** Path of influxd; built into the cache on first use. */
export async function influxdPath(): Promise<string> {
  const script = fileURLToPath(new URL('build-influxd', import.meta.url))
  const { stdout } = await promisify(execFile)(script, { timeout: 1_200_000, maxBuffer: 64 * 1024 * 1024 })
  return stdout.trim()
}

/** Starts InfluxDB in a folder of its own and sets it up. */
export async function startInfluxd(): Promise<Influxd> {
  const program = await influxdPath()
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-influxd-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | null = null
  // A test process that ends early leaves nothing running.
  const killAtExit = (): void => void child?.kill('SIGKILL')
  process.once('exit', killAtExit)

  async function start(): Promise<void> {
    if (child !== null) return
    await using log = await open(join(dir, 'influxd.log'), 'a')
    child = spawn(
      program,
      [
        '--bolt-path',
        join(dir, 'influxd.bolt'),
        '--engine-path',
        join(dir, 'engine'),
        '--sqlite-path',
        join(dir, 'influxd.sqlite'),
        '--http-bind-address',
        `127.0.0.1:${port}`,
        '--reporting-disabled',
        '--log-level',
        'warn',
      ],
      { stdio: ['ignore', log.fd, log.fd], env: { PATH: process.env.PATH ?? '', HOME: dir } },
    )
    await ready(url, child)
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ending = child
    child = null
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, 'exit')
    ending.kill(signal)
    await ended
  }

  async function call(
    path: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Token ${TOKEN}`, ...headers },
    })
  }

  async function expectOk(response: Response): Promise<string> {
    const text = await response.text()
    if (!response.ok) throw new Error(`influxd answered ${response.status}: ${text}`)
    return text
  }

  async function dispose(): Promise<void> {
    process.off('exit', killAtExit)
    await end('SIGKILL')
    await rm(dir, { recursive: true, force: true })
  }

  try {
    await start()
    const setup = { username: 'bench', password: 'bench-bench', org: ORG, bucket: BUCKET, token: TOKEN }
    await expectOk(await call('/api/v2/setup', JSON.stringify(setup)))
  } catch (error) {
    await dispose()
    throw error
  }

  return {
    url,
    port,
    org: ORG,
    bucket: BUCKET,
    token: TOKEN,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    running: () => child !== null && child.exitCode === null,

    async query(flux) {
      const body = JSON.stringify({
        query: flux,
        type: 'flux',
        dialect: { header: true, annotations: ['datatype'] },
      })
      return expectOk(
        await call(`/api/v2/query?org=${ORG}`, body, {
          'content-type': 'application/json',
          accept: 'application/csv',
        }),
      )
    },

    async write(lines, bucket = BUCKET) {
      const response = await call(`/api/v2/write?org=${ORG}&bucket=${bucket}&precision=ns`, lines)
      return { status: response.status, body: await response.text() }
    },

    async createBucket(name, retentionSeconds = 0) {
      const listed = await fetch(`${url}/api/v2/orgs?org=${ORG}`, {
        headers: { authorization: `Token ${TOKEN}` },
      })
      const { orgs } = JSON.parse(await expectOk(listed)) as {
        readonly orgs: readonly { readonly id: string }[]
      }
      const retentionRules =
        retentionSeconds === 0 ? [] : [{ type: 'expire', everySeconds: retentionSeconds }]
      await expectOk(
        await call('/api/v2/buckets', JSON.stringify({ orgID: orgs[0]?.id, name, retentionRules })),
      )
    },

    [Symbol.asyncDispose]: dispose,
  }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`influxd ended with ${child.exitCode ?? child.signalCode}`)
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    if (answer?.ok === true) return
    await sleep(50)
  }
  throw new Error('influxd is not ready within 60 s')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
