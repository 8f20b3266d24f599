import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer } from './server.ts'

/** snmpsim with walks recorded from PDUs of APC and lines of a test's own; the community, or the context of v3, chooses among them. */
export interface SnmpAgent extends AsyncDisposable {
  readonly port: number
  /** Sets an integer in a walk whose lines allow it (`writecache`). */
  set(walk: string, oid: string, value: number): Promise<void>
  /** What snmpget of net-snmp reads. */
  get(walk: string, oid: string): Promise<string>
}

export const V3 = { user: 'meter', password: 'auth-pass-123', privacy: 'priv-pass-456' } as const

/**
 * @param walks lines of further walks, `OID|type|value`
 */
export async function startSnmp(walks: Readonly<Record<string, readonly string[]>> = {}): Promise<SnmpAgent> {
  const script = fileURLToPath(new URL('../get-snmp-server', import.meta.url))
  const { stdout } = await promisify(execFile)(script, { timeout: 600_000 })
  const home = stdout.trim()
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-snmp-'))
  await cp(join(home, 'data'), join(dir, 'data'), { recursive: true })
  await mkdir(join(dir, 'cache'))
  for (const [name, lines] of Object.entries(walks))
    await writeFile(join(dir, 'data', `${name}.snmprec`), lines.map(line => `${line}\n`).join(''))
  const port = await freeUdpPort()
  const server = await startServer(
    [
      join(home, 'venv/bin/python'),
      join(home, 'venv/bin/snmpsim-command-responder'),
      `--data-dir=${join(dir, 'data')}`,
      `--cache-dir=${join(dir, 'cache')}`,
      `--agent-udpv4-endpoint=127.0.0.1:${port}`,
      '--process-user=root',
      '--process-group=root',
      `--v3-user=${V3.user}`,
      `--v3-auth-key=${V3.password}`,
      '--v3-auth-proto=SHA',
      `--v3-priv-key=${V3.privacy}`,
      '--v3-priv-proto=AES',
    ],
    { log: join(dir, 'log'), cwd: dir },
  )
  const by = (program: string, walk: string, ...words: string[]): Promise<string> =>
    promisify(execFile)(program, [
      '-v2c',
      '-c',
      walk,
      '-Oqvn',
      '-t',
      '1',
      '-r',
      '0',
      `127.0.0.1:${port}`,
      ...words,
    ]).then(done => done.stdout.trim())
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
  const answers = (): Promise<boolean> =>
    by('snmpget', 'apc-8641', '1.3.6.1.2.1.1.1.0').then(
      () => true,
      () => false,
    )
  for (const end = performance.now() + 60_000; !(await answers()); await sleep(200)) {
    if (performance.now() < end) continue
    await stop()
    throw new Error('snmpsim never answered')
  }
  return {
    port,
    set: async (walk, oid, value) => void (await by('snmpset', walk, oid, 'i', String(value))),
    get: (walk, oid) => by('snmpget', walk, oid),
    [Symbol.asyncDispose]: stop,
  }
}

async function freeUdpPort(): Promise<number> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}
