import type { DetachedRef } from '../../harness/model/target.ts'
import type { DeployContext, LoadPlan } from '../../harness/model/workload.ts'
import { listenAddress } from './nginx-config.ts'
import type { WebStaticParams } from './params.ts'

export interface LoadRequest {
  readonly context: DeployContext
  readonly params: WebStaticParams
  /** Folder on the load host for script, parameters and output. */
  readonly dir: string
  /** Path of k6 there. */
  readonly k6: string
  readonly address: string
  readonly port: number
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
  readonly plan: LoadPlan
}

export const RAW = 'k6.json.gz'
export const SUMMARY = 'k6-summary.json'

/**
 * `--address` with port 0: in 1.x the REST API always listens (by default at a fixed port, where two runs would meet), in 2.x it is off
 * unless asked for; so both do the same.
 */
const ARGUMENTS = [
  'run',
  '--quiet',
  '--no-color',
  '--no-usage-report',
  '--no-thresholds',
  '--address',
  '127.0.0.1:0',
  '--out',
  `json=${RAW}`,
]

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

/** Puts the script and starts k6, detached, for the whole of the plan. */
export async function startK6(request: LoadRequest): Promise<DetachedRef> {
  const { context, params, dir, plan } = request
  const load = {
    sut: listenAddress(request.address, request.port),
    rate: params.rate,
    seconds: Math.ceil(plan.totalSeconds),
    vusMax: params.vus_max,
    checkEvery: checkEvery(params),
    seed: params.seed,
    files: request.files,
  }
  await context.loadgen.put(
    [
      { name: 'k6-load.ts', mode: 0o600, from: context.asset(new URL('./k6-load.ts', import.meta.url)) },
      { name: 'load.json', mode: 0o600, content: JSON.stringify(load) },
    ],
    dir,
  )
  return context.launch(context.loadgen, 'loadgen', [request.k6, ...ARGUMENTS, 'k6-load.ts'], {
    dir,
    lifeSeconds: Math.ceil(plan.totalSeconds) + 60,
    env: environment(dir),
  })
}
