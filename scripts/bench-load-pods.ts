import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { deriveParts } from '../harness/cli/derive-results.ts'
import type { RunResult } from '../harness/model/result.ts'
import { openCampaign } from '../results/archive/node-archive.ts'
import { deriveCampaign } from '../results/derive/derive.ts'
import { openCluster } from '../test/testbed/kubernetes/cluster.ts'

const HELP = `scripts/bench-load-pods: requests per second of web-static from 1 to N pods of a small CPU limit each, asked for more than
they can make, and how far apart their programs began. Uses the cluster of test/testbed/cluster (up it first), or --kubeconfig and --image.

  --pods LIST        numbers of pods (default 1,2,4)
  --repetitions N    of each (default 3), interleaved
  --rate N           requests per second that are asked for (default 4000)
  --cpu N            CPUs of a pod of the load (default 0.15)
  --window N         seconds (default 15)
  --kubeconfig FILE  --image REFERENCE   of another cluster`

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '1,2,4' },
    repetitions: { type: 'string', default: '3' },
    rate: { type: 'string', default: '4000' },
    cpu: { type: 'string', default: '0.15' },
    window: { type: 'string', default: '15' },
    kubeconfig: { type: 'string' },
    image: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const work = await mkdtemp(join(tmpdir(), 'joulemark-bench-'))
try {
  if (values.help) console.log(HELP)
  else await main()
} finally {
  await rm(work, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const place = await placeOf()
  if (place === null) {
    console.error('there is no cluster: test/testbed/cluster up, or give --kubeconfig and --image')
    process.exitCode = 2
    return
  }
  const counts = values.pods.split(',').map(Number)
  const file = join(work, 'bench.yaml')
  const target = (pods: number) => ({
    id: `pods-${pods}`,
    kind: 'kubernetes',
    ...place,
    size: { cpu: 0.6, memory_mib: 512 },
    load: { pods, size: { cpu: Number(values.cpu), memory_mib: 256 } },
  })
  const short = { baseline: 3, idle: 3, warm_up: 4, cool_down: 3, retries: 0 }
  const params = { rate: Number(values.rate), vus_max: 64, files: 8, file_kib: 1, check_every: 1000 }
  await writeFile(
    file,
    stringify({
      schema: 'joulemark/v1',
      name: 'load-pods',
      title: 'Load from many pods',
      protocol: {
        profile: 'quick',
        ...short,
        window: Number(values.window),
        repetitions: Number(values.repetitions),
        order: 'random',
      },
      targets: counts.map(target),
      workloads: [{ id: 'web-static', params }],
    }),
  )
  const out = join(work, 'campaigns')
  const run = ['--import', 'tsx', 'harness/cli/main.ts', 'run', file, '--out', out, '--yes']
  // Runs are invalid, as they must be: more is asked for than is made.
  await execa(process.execPath, run, { stdio: ['ignore', 'inherit', 'inherit'], reject: false })
  const [campaign] = await readdir(out)
  const { runs } = await deriveCampaign(await openCampaign(join(out, campaign ?? '')), deriveParts())
  console.log(
    '\n| pods | requests/s, median (least…most) | × one pod | began within, ms |\n|---|---|---|---|',
  )
  const medians = counts.map(pods => median(ratesOf(runs, pods)))
  for (const [i, pods] of counts.entries()) {
    const spreads = runsOf(runs, pods).flatMap(({ cluster }) => {
      const spread = cluster?.startSpread ?? null
      return spread === null ? [] : [spread * 1000]
    })
    const ratio = (medians[i] ?? Number.NaN) / (medians[0] ?? Number.NaN)
    console.log(
      `| ${pods} | ${span(ratesOf(runs, pods), 0)} | ${ratio.toFixed(2)} | ${spreads.length === 0 ? '' : span(spreads, 1)} |`,
    )
  }
}

async function placeOf(): Promise<{ readonly kubeconfig: string; readonly image: string } | null> {
  const { kubeconfig, image } = values
  if (kubeconfig !== undefined && image !== undefined) return { kubeconfig, image }
  const cluster = await openCluster('dev')
  return cluster === null ? null : { kubeconfig: cluster.kubeconfig, image: cluster.image }
}

function runsOf(runs: readonly RunResult[], pods: number): readonly RunResult[] {
  return runs.filter(({ target, outcome }) => target === `pods-${pods}` && outcome === 'complete')
}

function ratesOf(runs: readonly RunResult[], pods: number): number[] {
  return runsOf(runs, pods).flatMap(({ units, seconds }) =>
    units === null || seconds === null ? [] : [units / seconds],
  )
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return ((sorted[Math.floor(half)] ?? Number.NaN) + (sorted[Math.ceil(half)] ?? Number.NaN)) / 2
}

function span(numbers: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  return `${median(numbers).toFixed(digits)} (${least.toFixed(digits)}…${most.toFixed(digits)})`
}
