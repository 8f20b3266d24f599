import type { DeployContext, Deployed, ToolNeed, Workload } from '../../harness/model/workload.ts'
import { connection, DATABASE, startCluster } from './cluster.ts'
import { CONSISTENCY, endPgbench, fillTables, LOG, type LoadPlace, REPORT, startPgbench } from './load.ts'
import { OltpPostgresParams } from './params.ts'
import { pgbenchReader } from './reader.ts'

const VERSION = { versionArgs: ['--version'], versionPattern: /\(PostgreSQL\) ([0-9][0-9.]*)/ } as const

/** Where distributions put the programs; some have wrappers on PATH, which would ask for clusters that are not ours. */
const places = (program: string): string[] =>
  [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/usr/lib/postgresql*/bin',
    '/usr/libexec/postgresql*',
  ].map(folder => `${folder}/${program}`)

const SERVER: ToolNeed = {
  name: 'postgres',
  programs: ['postgres'],
  paths: places('postgres'),
  ...VERSION,
  packages: {
    apt: ['postgresql'],
    dnf: ['postgresql-server', 'postgresql-contrib'],
    apk: ['postgresql', 'postgresql-contrib'],
    zypper: ['postgresql-server', 'postgresql-contrib'],
  },
}

const PGBENCH: ToolNeed = {
  name: 'pgbench',
  programs: ['pgbench'],
  paths: places('pgbench'),
  ...VERSION,
  packages: {
    apt: ['postgresql'],
    dnf: ['postgresql-contrib'],
    apk: ['postgresql-contrib'],
    zypper: ['postgresql-contrib'],
  },
}

/** A line of the log, compressed. */
const LINE_BYTES = 20
const ROW_SPACE_PER_SCALE = 16_000_000
const WRITE_AHEAD_SPACE = 1_200_000_000

async function deploy(context: DeployContext, params: OltpPostgresParams): Promise<Deployed> {
  const { sut, loadgen } = context
  const server = await context.need(sut, SERVER)
  const pgbench = await context.need(loadgen, PGBENCH)
  context.progress('start PostgreSQL')
  const cluster = await startCluster(context, params, server.path.replace(/\/postgres$/, ''))
  await cluster.run('createdb', [...connection(cluster), DATABASE])
  context.progress(`fill ${params.scale * 100_000} accounts`)
  await fillTables(cluster, params.scale)
  const load = await context.loadService(loadgen, 'loadgen')
  const dir = `${context.workDir(loadgen)}/load`
  const place: LoadPlace = { context, cluster, params, pgbench: pgbench.path, dir }
  return {
    services: [cluster.service, load],
    startLoad: async plan => [await startPgbench(place, plan)],
    endLoad: async ([ref]) => {
      if (ref !== undefined) await endPgbench(place, ref)
    },
    workFiles: [
      { host: loadgen.id, path: `${dir}/${LOG}`, name: LOG, gzip: true, maxBytes: 8_589_934_592 },
      {
        host: loadgen.id,
        path: `${dir}/${REPORT}`,
        name: REPORT,
        gzip: false,
        maxBytes: 1_048_576,
        optional: true,
      },
      {
        host: sut.id,
        path: `${context.workDir(sut)}/${CONSISTENCY}`,
        name: CONSISTENCY,
        gzip: false,
        maxBytes: 65_536,
      },
    ],
  }
}

/** A PostgreSQL server of our own under pgbench's TPC-B-like load at a rate. */
export const oltpPostgres: Workload<OltpPostgresParams> = {
  id: 'oltp-postgres',
  version: '1',
  title: 'PostgreSQL transactions',
  about:
    'A PostgreSQL server of its own, every commit durable; pgbench runs its TPC-B-like transactions at a rate. Afterwards the balances must add up and every transaction in the log must be in the database.',
  params: OltpPostgresParams,
  functionalUnit: 'transaction',
  // pgbench --rate starts transactions in a Poisson process of that mean (its manual, --rate).
  asked: ({ rate }) => ({ unitsPerSecond: rate, arrivals: 'random' }),
  estimate: params => ({
    workBytesPerSecond: params.rate * LINE_BYTES,
    deploySeconds: 10 + params.scale,
    diskBytes: params.scale * ROW_SPACE_PER_SCALE + WRITE_AHEAD_SPACE,
  }),
  pods: { load: 'one' },
  needs: () => [
    { role: 'sut', tool: SERVER },
    { role: 'loadgen', tool: PGBENCH },
  ],
  deploy,
  reader: pgbenchReader,
}
