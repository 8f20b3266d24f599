import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { inject } from 'vitest'
import { stringify } from 'yaml'
import { deriveParts } from '../../harness/cli/derive-results.ts'
import type { CampaignEvent } from '../../harness/model/event.ts'
import { Result, type RunResult } from '../../harness/model/result.ts'
import { openCampaign } from '../../results/archive/node-archive.ts'
import { deriveCampaign } from '../../results/derive/derive.ts'
import { onlyCampaign, root } from '../e2e/support/command.ts'
import { openCluster, type TestCluster } from '../testbed/kubernetes/cluster.ts'

/** The cluster of all tests here (setup.ts). */
export async function theCluster(): Promise<TestCluster> {
  const cluster = await openCluster(inject('cluster'))
  if (cluster === null) throw new Error('there is no cluster')
  return cluster
}

/** Phases just long enough for what a test looks at. */
export const SHORT = {
  profile: 'quick',
  baseline: 5,
  idle: 4,
  warm_up: 3,
  window: 12,
  cool_down: 4,
  retries: 0,
}

export interface ClusterCampaign {
  readonly name: string
  readonly target?: Readonly<Record<string, unknown>>
  /** Besides the cluster. */
  readonly targets?: readonly object[]
  readonly workloads: readonly object[]
  readonly protocol?: Readonly<Record<string, unknown>>
}

/** Writes a campaign file into a folder. */
export async function campaignFile(
  cluster: TestCluster,
  folder: string,
  o: ClusterCampaign,
): Promise<string> {
  const file = path.join(folder, `${o.name}.yaml`)
  await mkdir(folder, { recursive: true })
  const target = { id: 'cluster', kind: 'kubernetes', kubeconfig: cluster.kubeconfig, image: cluster.image }
  await writeFile(
    file,
    stringify({
      schema: 'joulemark/v1',
      name: o.name,
      title: o.name,
      protocol: { ...SHORT, ...o.protocol },
      targets: [{ ...target, ...SMALL, ...o.target }, ...(o.targets ?? [])],
      workloads: o.workloads,
    }),
  )
  return file
}

/** Both nodes stand on one machine of two CPUs at least, beside the cluster itself. */
const SMALL = {
  size: { cpu: 0.5, memory_mib: 384 },
  load: { size: { cpu: 0.5, memory_mib: 256 } },
}

export interface Campaign {
  readonly dir: string
  readonly code: number | null
  readonly events: readonly CampaignEvent[]
  readonly stderr: string
}

/** `joulemark run`; `on` sees every event when it comes, and may do something to the cluster or to the process. */
export async function runOnCluster(
  file: string,
  o: {
    readonly on?: (event: CampaignEvent, pid: number) => void | Promise<void>
    readonly wrap?: (argv: readonly string[]) => readonly [string, ...string[]]
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<Campaign> {
  const out = `${file}.campaigns`
  // By Node itself: a signal then reaches the controller and not what started it.
  const main = ['--import', 'tsx', path.join(root, 'harness/cli/main.ts')]
  const argv = [process.execPath, ...main, 'run', file, '--out', out, '--json', '--yes']
  const [program, ...args] = o.wrap?.(argv) ?? (argv as [string, ...string[]])
  const running = execa(program, args, {
    cwd: root,
    env: { NO_COLOR: '1', ...o.env },
    stdin: 'ignore',
    reject: false,
    buffer: { stdout: false },
  })
  const events: CampaignEvent[] = []
  const doings: Promise<void>[] = []
  for await (const line of createInterface({ input: running.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const event = JSON.parse(line) as CampaignEvent
    events.push(event)
    const doing = o.on?.(event, running.pid ?? 0)
    if (doing instanceof Promise) doings.push(doing)
  }
  const ended = await running
  await Promise.all(doings)
  return { dir: await onlyCampaign(out), code: ended.exitCode ?? null, events, stderr: ended.stderr }
}

/** The result, reckoned from the archive; checked as a reader of result.json would. */
export async function resultOf(dir: string): Promise<Result> {
  const result = await deriveCampaign(await openCampaign(dir), deriveParts())
  return Result.parse(JSON.parse(JSON.stringify(result)))
}

export const codesOf = (run: RunResult | undefined): string[] => [
  ...new Set((run?.findings ?? []).map(({ code }) => code)),
]

/** Everything in the cluster that carries a label of ours, of every kind that can be listed. */
export async function leftovers(cluster: TestCluster): Promise<string[]> {
  const kinds = (await cluster.kubectl('api-resources', '--verbs=list', '-o', 'name'))
    .split('\n')
    .filter(Boolean)
  const found: string[] = []
  for (const label of ['app.kubernetes.io/managed-by=joulemark', 'joulemark/campaign']) {
    const said = await cluster.kubectl(
      'get',
      kinds.join(','),
      '--all-namespaces',
      '-l',
      label,
      '--ignore-not-found',
      '-o',
      'name',
    )
    found.push(...said.split('\n').filter(Boolean))
  }
  if (kinds.length < 20) throw new Error(`only ${kinds.length} kinds can be listed`)
  return found
}

/** What a campaign said of itself, for messages of tests that fail, and for tests of what is said. */
export const reasons = ({ events, stderr }: Campaign): string => {
  const said = events.filter(
    event =>
      event.type === 'finding' ||
      (event.type === 'run-end' && (event.error !== undefined || event.verdict === 'invalid')) ||
      (event.type === 'tear-down' && event.state === 'left'),
  )
  return `${said.map(event => JSON.stringify(event)).join('\n')}\n${stderr}`
}
