// Load from 1, 2 and 4 pods against what the server itself saw.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { RunResult } from '../../harness/model/result.ts'
import { ClockRecord, RunRecord } from '../../harness/model/run.ts'
import { hostClock } from '../../results/analyse/time/host-clock.ts'
import { RELATIVE_ERROR } from '../../results/analyse/work/log-histogram.ts'
import { type Folder, scratch } from '../e2e/support/command.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import { campaignFile, codesOf, leftovers, reasons, resultOf, runOnCluster, theCluster } from './support.ts'

let cluster: TestCluster
let folder: Folder
beforeAll(async () => {
  cluster = await theCluster()
  folder = await scratch('cluster-load')
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const VUS_MAX = 16

const Sample = z.object({
  metric: z.string(),
  type: z.literal('Point'),
  data: z.object({
    time: z.string(),
    value: z.number(),
    tags: z.record(z.string(), z.string()).nullish(),
    metadata: z.record(z.string(), z.string()).nullish(),
  }),
})

interface Request {
  readonly pod: number
  /** Wall clock, µs. */
  readonly at: number
  readonly micros: number
  readonly status: string
  readonly iteration: number | null
}

/** Every request in the raw samples of one pod, by means of this test's own. */
async function requestsIn(file: string, pod: number): Promise<Request[]> {
  const text = gunzipSync(await readFile(file)).toString('utf8')
  return text.split('\n').flatMap(line => {
    const sample = line === '' ? null : Sample.safeParse(JSON.parse(line))
    if (sample?.success !== true || sample.data.metric !== 'http_req_duration') return []
    const { time, value, tags, metadata } = sample.data.data
    const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
    const at = Math.floor(Date.parse(time) / 1000) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6))
    const iteration = metadata?.['iteration']
    return [
      {
        pod,
        at,
        micros: value * 1000,
        status: tags?.['status'] ?? '',
        iteration: iteration === undefined ? null : Number(iteration),
      },
    ]
  })
}

async function inSut(script: string): Promise<string> {
  const place = await cluster.kubectl(
    'get',
    'pods',
    '--all-namespaces',
    '-l',
    'joulemark/part=sut',
    '-o',
    'jsonpath={.items[0].metadata.namespace} {.items[0].metadata.name}',
  )
  const [namespace = '', name = ''] = place.split(' ')
  return cluster.kubectl('exec', '-n', namespace, name, '--', 'sh', '-c', script)
}

// Before there is any load the server begins to write down what it answers; its configuration is the run's own.
const LOG_ON = `set -e
conf=$(find /joulemark -name nginx.conf)
sed -i 's|access_log off;|log_format jm "$status $http_user_agent"; access_log /joulemark/access.log jm;|' "$conf"
kill -HUP "$(cat "\${conf%/*}/nginx.pid")"`

test.each([1, 2, 4])(
  'from %i pods: every request that was answered is in the raw samples once',
  async pods => {
    const file = await campaignFile(cluster, folder.path, {
      name: `load-${pods}`,
      target: { load: { pods, size: { cpu: 0.3, memory_mib: 192 } } },
      workloads: [{ id: 'web-static', params: { rate: 80, vus_max: VUS_MAX, files: 20, file_kib: 4 } }],
    })
    let log = ''
    let asked = false
    const ran = await runOnCluster(file, {
      on: async (event, pid) => {
        if (event.type === 'phase' && event.phase === 'idle') await inSut(LOG_ON)
        if (event.type !== 'fetch' || !event.host.startsWith('pod-load') || asked) return
        asked = true
        // Load has ended; the pod goes when its files are fetched.
        process.kill(pid, 'SIGSTOP')
        try {
          log = await inSut('cat /joulemark/access.log')
        } finally {
          process.kill(pid, 'SIGCONT')
        }
      },
    })
    expect(ran.code, reasons(ran)).toBe(0)
    const result = await resultOf(ran.dir)
    const run = result.runs[0] as RunResult
    expect(run.outcome).toBe('complete')

    const data = path.join(ran.dir, 'data/runs', run.id)
    const files =
      pods === 1 ? ['k6.json.gz'] : Array.from({ length: pods }, (_, i) => `load-${i + 1}/k6.json.gz`)
    const requests = (
      await Promise.all(files.map((name, i) => requestsIn(path.join(data, 'work', name), i)))
    ).flat()
    expect(new Set(requests.map(({ pod }) => pod)).size).toBe(pods)

    // What the server answered with 200 and what k6 saw of it; what was cut off at the end has another status on either side.
    const lines = log.split('\n').filter(line => / joulemark\/[0-9a-f]{16}$/.test(line))
    expect(new Set(lines.map(line => line.split(' ')[1])).size).toBe(1)
    const answered = requests.filter(({ status }) => status === '200')
    expect(answered.length).toBeGreaterThan(500)
    expect(requests.length - answered.length).toBeLessThanOrEqual(VUS_MAX)
    const logged = lines.filter(line => line.startsWith('200 ')).length
    // k6 writes down nothing of a request that ends after it was told to stop (metrics.PushIfNotDone): one of each virtual user at most.
    expect(logged).toBeGreaterThanOrEqual(answered.length)
    expect(logged).toBeLessThanOrEqual(answered.length + VUS_MAX)

    // One program alone numbers nothing: its requests then count as one by one.
    const iterations = requests.map(({ iteration }, i) => (pods === 1 ? i : iteration))
    expect(iterations).not.toContain(null)
    expect(new Set(iterations).size).toBe(iterations.length)

    const record = RunRecord.parse(JSON.parse(await readFile(path.join(data, 'run.json'), 'utf8')))
    const host = record.hosts?.find(({ roles }) => roles.includes('loadgen'))?.id ?? ''
    const probes = ClockRecord.parse(
      JSON.parse(await readFile(path.join(data, `raw/${host}/clock.json`), 'utf8')),
    ).probes
    const clock = hostClock(probes)
    const window = record.phases.find(({ name }) => name === 'window')
    const [from, to] = [clock?.toWall(window?.start ?? 0) ?? 0, clock?.toWall(window?.end ?? 0) ?? 0]
    const inWindow = answered.filter(({ at }) => at >= from && at < to).map(({ micros }) => micros)
    const work = run.stretches.find(({ phase }) => phase.name === 'window')?.work
    // Nodes of this cluster share one kernel, and its clock is known through each within that doubt: what ended so near an edge is on either side.
    const doubt = 2 * (clock?.uncertainty(window?.start ?? 0) ?? 0)
    const near = answered.filter(({ at }) => Math.min(Math.abs(at - from), Math.abs(at - to)) <= doubt).length
    expect(Math.abs((work?.latency?.n ?? 0) - inWindow.length)).toBeLessThanOrEqual(near)
    expect(near).toBeLessThan(0.02 * inWindow.length)
    const exact = inWindow.sort((a, b) => a - b)[Math.ceil(0.99 * inWindow.length) - 1] ?? Number.NaN
    expect(Math.abs((work?.latency?.p99 ?? 0) / exact - 1)).toBeLessThanOrEqual(RELATIVE_ERROR)

    const begins = Array.from({ length: pods }, (_, i) =>
      Math.min(...requests.filter(({ pod }) => pod === i).map(({ at, micros }) => at - micros)),
    )
    const spread = (Math.max(...begins) - Math.min(...begins)) / 1e6
    expect(run.cluster?.startSpread ?? 0).toBeCloseTo(spread, 4)
    expect(run.cluster?.startSpread === null).toBe(pods === 1)
    expect(codesOf(run)).not.toContain('POD_LOST')
    expect(await leftovers(cluster)).toEqual([])
  },
)
