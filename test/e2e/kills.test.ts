// One kill -9 at each point of a campaign over two SSH hosts, then --resume: nothing is left, nothing complete is measured again.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plan } from '../../harness/model/plan.ts'
import { type Snapshot, startHosts, type TestHosts } from '../testbed/hosts.ts'
import { type Influxd, startInfluxd } from '../testbed/influxd.ts'
import { joulemark, type Outcome, onlyCampaign, runMain, scratch } from './support/command.ts'
import { hashes } from './support/tree.ts'

const campaign = (influx: string): string => `schema: joulemark/v1
name: killed
title: A campaign that is killed
protocol: { profile: quick, baseline: 2, idle: 1, warm_up: 1, window: 2, cool_down: 1, order: file }
collectors: { rate: 2 }
deploy: { install: never }
targets:
  - id: pair
    kind: ssh
    hosts: { sut: { address: jm-sut }, loadgen: { address: jm-loadgen } }
    roles: { sut: sut, loadgen: loadgen }
workloads:
  - { id: cpu-compress, params: { corpus_mib: 1, threads: 1 } }
  - { id: web-static, params: { rate: 20, files: 2 } }
influx: { url: '${influx}', org: bench, bucket: points, token: { env: JM_TEST_TOKEN } }
`

let hosts: TestHosts
let influxd: Influxd
let before: Record<string, Snapshot>
let env: Record<string, string>

beforeAll(async () => {
  hosts = await startHosts(['sut', 'loadgen'])
  influxd = await startInfluxd()
  before = await hosts.snapshot('killed')
  env = { JM_TEST_TOKEN: influxd.token }
})

afterAll(async () => {
  await hosts?.[Symbol.asyncDispose]()
  await influxd?.[Symbol.asyncDispose]()
})

interface Killed {
  readonly dir: string
  readonly died: Outcome
  /** Hashes of the runs that were complete when it died. */
  readonly complete: Record<string, Record<string, string>>
}

async function completeRuns(dir: string): Promise<string[]> {
  const folder = path.join(dir, 'data/runs')
  const names: string[] = await readdir(folder).catch(() => [])
  const complete: string[] = []
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const record = await readFile(path.join(folder, name, 'run.json'), 'utf8').catch(() => null)
    if (record !== null && (JSON.parse(record) as { outcome: string }).outcome === 'complete')
      complete.push(name)
  }
  return complete
}

/** What is left to chance of a point, by its name: the same at every run of the test. */
const seedOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32LE()

async function killAt(out: string, point: string, seed: number): Promise<Killed> {
  const file = path.join(out, 'campaign.yaml')
  await writeFile(file, campaign(influxd.url))
  const campaigns = path.join(out, 'campaigns')
  const argv = [file, campaigns, point, '2', String(seed)]
  const died = await runMain('test/e2e/support/kill-main.ts', argv, { env, wrap: hosts.asController })
  const dir = await onlyCampaign(campaigns)
  const complete: Record<string, Record<string, string>> = {}
  for (const run of await completeRuns(dir)) {
    const { 'cleanup.json': _, ...files } = await hashes(path.join(dir, 'data/runs', run))
    complete[run] = files
  }
  return { dir, died, complete }
}

const command = (args: readonly string[]): Promise<Outcome> =>
  joulemark(args, { env, wrap: hosts.asController })

/** 137 or SIGKILL: it really died at the point and did not end by itself. */
const wasKilled = (o: Outcome): boolean => o.signal === 'SIGKILL' || o.code === 137

async function expectWhole(k: Killed): Promise<void> {
  const plan = Plan.parse(JSON.parse(await readFile(path.join(k.dir, 'data/plan.json'), 'utf8')))
  const numbers = (await completeRuns(k.dir)).map(run => Number(run.slice(0, 4)))
  expect(numbers).toEqual(plan.runs.map(run => run.number).toSorted((a, b) => a - b))
  for (const [run, files] of Object.entries(k.complete))
    expect(await hashes(path.join(k.dir, 'data/runs', run))).toMatchObject(files)
  expect(await hosts.snapshot('killed')).toEqual(before)
}

test('killed before plan.json: nothing was started, and resume says so', async () => {
  await using out = await scratch('kill')
  const k = await killAt(out.path, 'plan', 0)
  expect(wasKilled(k.died), k.died.stderr).toBe(true)
  const resumed = await command(['run', '--resume', k.dir])
  expect(resumed.code).not.toBe(0)
  expect(resumed.stderr).toMatch(/nothing was started/i)
  expect(await hosts.snapshot('killed')).toEqual(before)
})

test.each(
  Object.entries({
    'between first ledger line and creation': 'ledger',
    'between a later ledger line and creation': 'later ledger',
    'in deploy': 'deploy',
    'in idle': 'idle',
    'in warm-up': 'warm-up',
    'in the window': 'window',
    'in the middle of a fetched file': 'fetch',
    'at the archive rename of run.json': 'archive rename',
    'while points are handed over': 'spool',
    'while points are sent': 'sync',
    'in tear-down': 'tear-down',
  }).map(([when, point]) => ({ when, point, seed: seedOf(when) })),
)('killed $when (seed $seed), then resumed: whole and clean', async ({ point, seed }) => {
  await using out = await scratch('kill')
  const k = await killAt(out.path, point, seed)
  expect(wasKilled(k.died), k.died.stderr).toBe(true)
  expect(Object.keys(k.complete).length).toBeGreaterThanOrEqual(1)
  const resumed = await command(['run', '--resume', k.dir])
  expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0)
  await expectWhole(k)
  const synced = await command(['sync', k.dir])
  expect(synced.code, synced.stdout + synced.stderr).toBe(0)
  expect((await command(['verify', k.dir])).code).toBe(0)
})

test('killed in a window, then only reaped: clean, and the first run stays as it was', async () => {
  await using out = await scratch('kill')
  const seed = seedOf('reap')
  const k = await killAt(out.path, 'window', seed)
  expect(wasKilled(k.died), `seed ${seed}: ${k.died.stderr}`).toBe(true)
  expect(await hosts.snapshot('killed')).not.toEqual(before)
  const shown = await command(['reap', k.dir, '--dry-run'])
  expect(await hosts.snapshot('killed')).not.toEqual(before)
  expect(shown.stdout.length).toBeGreaterThan(0)
  const reaped = await command(['reap', k.dir])
  expect(reaped.code, reaped.stdout + reaped.stderr).toBe(0)
  expect(await completeRuns(k.dir)).toEqual(Object.keys(k.complete))
  expect(Object.keys(k.complete)).toHaveLength(1)
  for (const [run, files] of Object.entries(k.complete))
    expect(await hashes(path.join(k.dir, 'data/runs', run))).toMatchObject(files)
  expect(await hosts.snapshot('killed')).toEqual(before)
})
