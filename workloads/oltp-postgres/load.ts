import type { DetachedRef } from '../../harness/model/target.ts'
import type { DeployContext, LoadPlan } from '../../harness/model/workload.ts'
import { type Cluster, connection, DATABASE } from './cluster.ts'
import type { OltpPostgresParams } from './params.ts'

export const LOG = 'pgbench.log'
export const CONSISTENCY = 'consistency.csv'
/** What pgbench says at its end. */
export const REPORT = 'pgbench.out'
/** pgbench names its logs `<prefix>.<process id>[.<thread>]`. */
const PREFIX = 'transactions'
/** For transactions under way when the load is told to end. */
const END_SECONDS = 30

export interface LoadPlace {
  readonly context: DeployContext
  readonly cluster: Cluster
  readonly params: OltpPostgresParams
  /** pgbench on the load host. */
  readonly pgbench: string
  /** Folder on the load host. */
  readonly dir: string
}

/** Fills the tables (TPC-B-like, as pgbench has them), from the sut itself. */
export const fillTables = (cluster: Cluster, scale: number): Promise<string> =>
  cluster.run('pgbench', ['--initialize', '--quiet', `--scale=${scale}`, ...connection(cluster), DATABASE], {
    deadlineSeconds: 60 + scale * 5,
  })

/** Starts pgbench, detached. The password stands in a file of mode 0600 beside it. */
export async function startPgbench(place: LoadPlace, plan: LoadPlan): Promise<DetachedRef> {
  const { context, cluster, params, dir } = place
  await context.loadgen.put([{ name: 'pgpass', mode: 0o600, content: cluster.passFile }], dir)
  const argv = [
    place.pgbench,
    '--no-vacuum',
    `--client=${params.clients}`,
    '--jobs=1',
    `--time=${Math.ceil(plan.totalSeconds)}`,
    `--rate=${params.rate}`,
    `--latency-limit=${params.latency_limit_ms}`,
    `--random-seed=${plan.seed % 2 ** 31}`,
    '--log',
    `--log-prefix=${PREFIX}`,
    ...connection(cluster),
    DATABASE,
  ]
  return context.launch(context.loadgen, 'loadgen', argv, {
    dir,
    lifeSeconds: Math.ceil(plan.totalSeconds) + 60,
    env: { PGPASSFILE: `${dir}/pgpass` },
  })
}

// SIGALRM is pgbench's own end of time: transactions under way are finished, the log is written out.
const END = `
kill -ALRM "$1" 2>/dev/null
n=$2; while kill -0 "$1" 2>/dev/null && [ "$n" -gt 0 ]; do sleep 1; n=$((n - 1)); done; true`
const GATHER = 'cd -- "$1" && cat -- "$2".* >"$3"; cat -- "$4" >"$5"'

// Sums of balances must equal the sum of all that was booked; history has one row per transaction.
const CHECK = `copy (select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from pgbench_tellers),
  (select sum(bbalance) from pgbench_branches), (select coalesce(sum(delta), 0) from pgbench_history),
  (select count(*) from pgbench_history)) to stdout with (format csv)`

/** Ends the load in good order, gathers its log, and asks the database whether it adds up. */
export async function endPgbench(place: LoadPlace, ref: DetachedRef): Promise<void> {
  const { context, dir } = place
  const { loadgen, sut } = context
  const status = await loadgen.status(ref)
  if (status.state === 'running')
    await loadgen.exec(['/bin/sh', '-c', END, 'sh', String(status.pid), String(END_SECONDS)], {
      deadlineSeconds: END_SECONDS + 30,
    })
  await loadgen.stop(ref)
  await loadgen.exec(
    ['/bin/sh', '-c', GATHER, 'sh', dir, PREFIX, LOG, `${ref.dir}/${ref.name}.out`, REPORT],
    { deadlineSeconds: 120 },
  )
  const sums = await askSums(place).catch(() => null)
  // Without it the reader says that the check is absent; the recordings of the run are worth keeping.
  if (sums !== null) await sut.put([{ name: CONSISTENCY, mode: 0o600, content: sums }], context.workDir(sut))
}

const askSums = ({ cluster, params }: LoadPlace): Promise<string> =>
  cluster.run(
    'psql',
    [
      '--no-psqlrc',
      '--quiet',
      '--set=ON_ERROR_STOP=1',
      ...connection(cluster),
      `--dbname=${DATABASE}`,
      `--command=${CHECK}`,
    ],
    { deadlineSeconds: 120 + params.scale * 2 },
  )
