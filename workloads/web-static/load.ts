import type { DetachedRef, Host } from '../../harness/model/target.ts'
import type { DeployContext, LoadPlan } from '../../harness/model/workload.ts'
import { listenAddress } from './nginx-config.ts'
import type { WebStaticParams } from './params.ts'

/** k6 on one load host. */
export interface Generator {
  readonly host: Host
  /** Path of k6 there. */
  readonly k6: string
  /** Folder there for script, parameters and output. */
  readonly dir: string
  /** Folder of its work files in the archive; empty with a single one. */
  readonly folder: string
}

export interface LoadRequest {
  readonly context: DeployContext
  readonly params: WebStaticParams
  readonly generators: readonly Generator[]
  /** Stands in the user agent of every request, so that a server's log can tell them. */
  readonly mark: string
  readonly address: string
  readonly port: number
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
  readonly plan: LoadPlan
}

export const RAW = 'k6.json.gz'
export const SUMMARY = 'k6-summary.json'

/** Where k6's REST API listens when it is told from outside to begin. */
const API_PORT = 6565

const ARGUMENTS = [
  'run',
  '--quiet',
  '--no-color',
  '--no-usage-report',
  '--no-thresholds',
  '--out',
  `json=${RAW}`,
]

/**
 * `--address` with port 0: in 1.x the REST API always listens (by default at a fixed port, where two runs would meet), in 2.x it is off
 * unless asked for; so both do the same.
 */
const ALONE = ['--address', '127.0.0.1:0']
const PAUSED = ['--address', `0.0.0.0:${API_PORT}`, '--paused']

/** https://grafana.com/docs/k6/latest/reference/k6-rest-api/ (the same in 1.x and 2.x). */
const BEGIN = {
  port: API_PORT,
  path: ['v1', 'status'],
  method: 'PATCH',
  body: { data: { type: 'status', id: 'default', attributes: { paused: false } } },
} as const

/** The part of the work that one of several does: k6 deals iterations out so that together they are those of one (its execution segments). */
function segment(index: number, count: number): string[] {
  if (count === 1) return []
  const edge = (i: number): string => (i === 0 ? '0' : i === count ? '1' : `${i}/${count}`)
  const edges = Array.from({ length: count + 1 }, (_, i) => edge(i))
  return [
    '--execution-segment',
    `${edge(index)}:${edge(index + 1)}`,
    '--execution-segment-sequence',
    edges.join(','),
  ]
}

/** Nothing is looked up or sent elsewhere; HOME keeps k6 from a configuration of the user's. */
const environment = (dir: string): Record<string, string> => ({
  K6_AUTO_EXTENSION_RESOLUTION: 'false',
  K6_NO_USAGE_REPORT: 'true',
  HOME: dir,
  XDG_CONFIG_HOME: dir,
})

/** Rarer checks than this could miss a short window. */
const MOST_SECONDS_BETWEEN_CHECKS = 5

/** One answer in how many is checked. */
export const checkEvery = ({ check_every, rate }: WebStaticParams): number =>
  Math.min(check_every, rate * MOST_SECONDS_BETWEEN_CHECKS)

/** Puts the script and starts k6 on every load host, for the whole of the plan; several begin at one agreed second. */
export async function startK6(request: LoadRequest): Promise<readonly DetachedRef[]> {
  const { generators, context } = request
  const refs = await Promise.all(generators.map((_, i) => launch(request, i)))
  await context.beginTogether?.(
    generators.map(({ host }) => host),
    BEGIN,
  )
  return refs
}

async function launch(request: LoadRequest, index: number): Promise<DetachedRef> {
  const { context, params, plan, generators } = request
  const { host, k6, dir } = generators[index] as Generator
  const load = {
    sut: listenAddress(request.address, request.port),
    mark: request.mark,
    numbered: generators.length > 1,
    rate: params.rate,
    seconds: Math.ceil(plan.totalSeconds),
    vusMax: params.vus_max,
    checkEvery: checkEvery(params),
    seed: params.seed,
    files: request.files,
  }
  await host.put(
    [
      { name: 'k6-load.ts', mode: 0o600, from: context.asset(new URL('./k6-load.ts', import.meta.url)) },
      { name: 'load.json', mode: 0o600, content: JSON.stringify(load) },
    ],
    dir,
  )
  const how = [
    ...(context.beginTogether === undefined ? ALONE : PAUSED),
    ...segment(index, generators.length),
  ]
  const id = index === 0 ? 'loadgen' : `loadgen-${index + 1}`
  return context.launch(host, id, [k6, ...ARGUMENTS, ...how, 'k6-load.ts'], {
    dir,
    lifeSeconds: Math.ceil(plan.totalSeconds) + 60,
    env: environment(dir),
  })
}
