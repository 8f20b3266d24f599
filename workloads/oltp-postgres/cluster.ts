import type { Service } from '../../harness/model/collector.ts'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { DeployContext, PrivateDir } from '../../harness/model/workload.ts'
import type { OltpPostgresParams } from './params.ts'

export const DATABASE = 'bench'
export const ROLE = 'bench'
/** Accounts that may run a server; the first is what packages make. */
const USERS = ['postgres', 'nobody']

/** A server of our own, and how it is reached. */
export interface Cluster {
  readonly service: Service
  /** Folder of PostgreSQL's programs on the sut. */
  readonly bin: string
  readonly address: string
  readonly port: number
  /** Lines of a password file (libpq, section "The Password File"). */
  readonly passFile: string
  /** Runs a program of `bin` on the sut as the server's user, with the password file there. */
  run(program: string, args: readonly string[], o?: { readonly deadlineSeconds?: number }): Promise<string>
}

/** Settings of the server; the rest is PostgreSQL's default. Every commit waits for the disk, as it would in production. */
function settings(params: OltpPostgresParams, home: string, address: string, port: number): string {
  return `
hba_file = '${home}/hba.conf'
listen_addresses = '${address}'
port = ${port}
unix_socket_directories = ''
max_connections = ${params.clients + 20}
shared_buffers = ${params.shared_buffers_mib}MB
fsync = on
synchronous_commit = on
full_page_writes = on
logging_collector = off
log_destination = 'stderr'
log_min_messages = warning
`
}

/** One role, from anywhere that reaches the port, with its password alone; nobody else. */
const HBA = `host ${DATABASE} ${ROLE} all scram-sha-256\nhost postgres ${ROLE} all scram-sha-256\n`

/** Arguments by which a client finds the server as our role. */
export const connection = (server: {
  readonly address: string
  readonly port: number
}): readonly string[] => [`--host=${server.address}`, `--port=${server.port}`, `--username=${ROLE}`]

/** Makes and starts a server with an empty database. Everything lies in one folder of its own. */
export async function startCluster(
  context: DeployContext,
  params: OltpPostgresParams,
  bin: string,
): Promise<Cluster> {
  const { sut } = context
  const home = await context.privateDir(sut, 'postgres', USERS)
  const address = await context.sutAddress()
  const port = await context.freePort(sut)
  const secret = context.secret()
  const passFile = `*:*:*:${ROLE}:${secret}\n`
  await sut.put(
    [
      { name: 'password', mode: 0o600, content: `${secret}\n` },
      { name: 'pgpass', mode: 0o600, content: passFile },
      { name: 'settings.conf', mode: 0o600, content: settings(params, home.path, address, port) },
      { name: 'hba.conf', mode: 0o600, content: HBA },
    ],
    home.path,
  )
  // From now on it is that account's: nothing of ours is written there any more.
  if (home.user !== null)
    await checked(context, 'give it its folder', ['chown', '-hR', '--', `${home.user}:`, home.path])
  const run = runnerIn(context, home, bin)
  const data = `${home.path}/data`
  await run('initdb', [
    `--pgdata=${data}`,
    `--username=${ROLE}`,
    `--pwfile=${home.path}/password`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ])
  await run('sh', ['-c', 'cat -- "$1" >>"$2"', 'sh', `${home.path}/settings.conf`, `${data}/postgresql.conf`])
  const service = await context.service(sut, 'postgres', [`${bin}/postgres`, '-D', data], {
    cwd: home.path,
    stopSignal: 'INT',
    ready: [`${bin}/pg_isready`, '-q', '-h', address, '-p', String(port), '-d', 'postgres', '-U', ROLE],
    deadlineSeconds: 60,
    ...(home.user === null ? {} : { user: home.user }),
  })
  return { service, bin, address, port, passFile, run }
}

function runnerIn(context: DeployContext, home: PrivateDir, bin: string): Cluster['run'] {
  return async (program, args, o = {}) => {
    const path = program === 'sh' ? '/bin/sh' : `${bin}/${program}`
    const argv = await context.asUser(context.sut, home.user, [path, ...args])
    return checked(context, `run ${program}`, argv, {
      cwd: home.path,
      env: { PGPASSFILE: `${home.path}/pgpass` },
      ...o,
    })
  }
}

async function checked(
  context: DeployContext,
  what: string,
  argv: readonly string[],
  options: Parameters<DeployContext['sut']['exec']>[1] = {},
): Promise<string> {
  const exit = await context.sut.exec(argv, { deadlineSeconds: 120, signal: context.signal, ...options })
  if (exit.code === 0) return exit.stdout
  throw new JoulemarkError({
    code: 'postgres-setup',
    message: `PostgreSQL on host ${context.sut.id}: could not ${what}: ${exit.stderr.trim().slice(-600)}`,
    exit: 'invalid',
  })
}
