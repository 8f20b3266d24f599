// docs/examples/two-hosts.yaml over two real SSH hosts, with the database killed for a third of the campaign.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { deriveParts } from '../../harness/cli/derive-results.ts'
import { Result } from '../../harness/model/result.ts'
import { openCampaign } from '../../results/archive/node-archive.ts'
import { runBatches } from '../../results/derive/derive.ts'
import { recordedSeries, storedSeries } from '../harness/store/flux-series.ts'
import { startHosts } from '../testbed/hosts.ts'
import { type Influxd, startInfluxd } from '../testbed/influxd.ts'
import { joulemark, onlyCampaign, root, scratch, tsx } from './support/command.ts'
import { contents } from './support/tree.ts'

const Event = z.looseObject({
  type: z.string(),
  number: z.number().optional(),
  stored: z.number().optional(),
  waiting: z.number().optional(),
})
const Synced = z.looseObject({
  complete: z.boolean(),
  stored: z.number(),
  waiting: z.number(),
  refused: z.number(),
})

interface Followed {
  readonly lines: readonly string[]
  /** Where the points stood whenever some were handed over and there was no database. */
  readonly outage: readonly { readonly stored: number; readonly waiting: number }[]
}

/** Kills the database when the second of three runs begins and starts it again when the third does, with the points of the second in the spool. */
async function follow(out: AsyncIterable<string>, influxd: Influxd): Promise<Followed> {
  const lines: string[] = []
  const outage: { stored: number; waiting: number }[] = []
  let kills = 0
  for await (const line of out) {
    lines.push(line)
    const { type, number, stored = 0, waiting = 0 } = Event.parse(JSON.parse(line))
    if (type === 'run-start' && number === 2 && kills === 0) {
      await influxd.kill()
      kills += 1
    }
    if (type === 'run-start' && number === 3) await influxd.start()
    if (type === 'points' && !influxd.running()) outage.push({ stored, waiting })
  }
  return { lines, outage }
}

/** Findings that two hosts on one kernel, the profile and the model bring with them. */
const EXPECTED = new Set([
  'SHARED_KERNEL',
  'LOADGEN_SHARED',
  'SOURCE_MODEL',
  'PROFILE_QUICK',
  'SENSOR_ABSENT',
  'TOOL_COPIED',
  'MODEL_EXTRAPOLATED',
  'NOISY',
  'STEAL',
  'LATE_READINGS',
  'VU_CEILING',
])
/** What a machine that is busy with other things does to a run, which is then measured once more. Nothing else may make one invalid. */
const BUSY = new Set(['GAP', 'LOAD_RATE', 'LOAD_UNEVEN', 'LOAD_DROPPED'])

/** Names of texts that hold one of the words. */
const holding = (texts: Iterable<readonly [string, string | Buffer]>, words: readonly string[]): string[] =>
  [...texts].flatMap(([name, text]) =>
    words.filter(word => text.includes(word)).map(word => `${name}: ${word}`),
  )

test('two hosts, the database killed for a third of the time: nothing is lost, and the copy is equal bit for bit', async () => {
  await using hosts = await startHosts(['sut', 'loadgen'])
  await using influxd = await startInfluxd()
  await using out = await scratch('two-hosts')
  const example = await readFile(path.join(root, 'docs/examples/two-hosts.yaml'), 'utf8')
  const file = path.join(out.path, 'two-hosts.yaml')
  await writeFile(
    file,
    `${example}\ninflux: { url: '${influxd.url}', org: ${influxd.org}, bucket: ${influxd.bucket}, token: { env: JM_TEST_TOKEN } }\n`,
  )
  const before = await hosts.snapshot('two-hosts')
  const env = { JM_TEST_TOKEN: influxd.token, NO_COLOR: '1' }
  const campaigns = path.join(out.path, 'campaigns')

  const [program, ...args] = hosts.asController([
    tsx,
    path.join(root, 'harness/cli/main.ts'),
    'run',
    file,
    '--out',
    campaigns,
    '--json',
    '--yes',
  ])
  const running = execa(program, args, {
    cwd: root,
    env,
    stdin: 'ignore',
    reject: false,
    buffer: { stdout: false },
  })
  const { lines, outage } = await follow(
    createInterface({ input: running.stdout, crlfDelay: Number.POSITIVE_INFINITY }),
    influxd,
  )
  const ended = await running
  expect(ended.exitCode, ended.stderr).toBe(0)
  // It hit something: run 2 was handed over, and what it gave could go nowhere.
  expect(outage.length).toBeGreaterThanOrEqual(1)
  for (const { waiting } of outage) expect(waiting).toBeGreaterThan(0)
  expect(await hosts.snapshot('two-hosts')).toEqual(before)

  const dir = await onlyCampaign(campaigns)
  const synced = await joulemark(['sync', dir, '--json'], { env })
  expect(synced.code, synced.stdout + synced.stderr).toBe(0)
  const points = Synced.parse(JSON.parse(synced.stdout))
  expect(points).toMatchObject({ complete: true, waiting: 0, refused: 0 })
  const stuck = outage.at(-1) ?? { stored: 0, waiting: 0 }
  expect(points.stored).toBeGreaterThan(stuck.stored + stuck.waiting)
  const verified = await joulemark(['verify', dir])
  expect(verified.code, verified.stdout + verified.stderr).toBe(0)

  const archive = await openCampaign(dir)
  const runs = await archive.runs()
  expect(runs.length).toBeGreaterThanOrEqual(3)
  for (const run of runs) {
    const recorded = await recordedSeries(runBatches(archive, run.id, deriveParts()), {
      sut: 'sut',
      loadgen: 'loadgen',
    })
    const stored = await storedSeries(influxd, run.id)
    expect(recorded.size).toBeGreaterThan(50)
    for (const [series, values] of recorded) {
      if (values.length === 0) continue
      expect(stored.get(series)?.length, `${run.id} ${series}`).toBe(values.length)
      expect(stored.get(series), `${run.id} ${series}`).toEqual(values)
    }
    for (const series of stored.keys())
      expect(recorded.has(series) || /^(phase|evidence) /.test(series), series).toBe(true)
  }

  const reported = await joulemark(['report', dir, '--format', 'json,html,md,csv,png'])
  expect(reported.code, reported.stdout + reported.stderr).toBe(0)
  const result = Result.parse(
    JSON.parse(await readFile(path.join(dir, 'derived/0.1.0/report/result.json'), 'utf8')),
  )
  expect(result.groups.map(g => g.workload).sort()).toEqual(['cpu-compress', 'oltp-postgres', 'web-static'])
  for (const group of result.groups) {
    expect(group.verdict).toBe('unranked')
    expect(group.energyPerUnit.n).toBe(1)
    expect(group.evidence?.kind).toBe('model')
  }
  // Nothing that was found may come from the database, neither in a run that counts nor in one that does not.
  for (const { id, findings, verdicts } of result.runs) {
    const invalid = verdicts.measurement === 'invalid'
    const codes = findings.map(finding => finding.code)
    expect(
      codes.filter(code => !EXPECTED.has(code) && !(invalid && BUSY.has(code))),
      id,
    ).toEqual([])
    expect(JSON.stringify(findings), id).not.toMatch(/influx|database|spool|ECONN/i)
  }
  expect(result.cleanup.left).toEqual([])
  expect(result.cleanup.gone).toBe(result.cleanup.made)

  // Who reads the archive learns neither the token nor how the hosts are reached; state/hosts.json may say the latter.
  const files = await contents(dir)
  const said = new Map(
    Object.entries({
      'stdout of run': lines.join('\n'),
      'stderr of run': ended.stderr,
      'output of sync': synced.stdout + synced.stderr,
      'output of verify': verified.stdout + verified.stderr,
      'output of report': reported.stdout + reported.stderr,
    }),
  )
  expect(holding([...files, ...said], [influxd.token])).toEqual([])
  const archived = [...files].filter(([name]) => name.startsWith('data/'))
  expect(archived.length).toBeGreaterThan(3 * runs.length)
  const ways = [...hosts.hosts.values()].flatMap(host => [host.address, `jm-${host.name}`])
  expect(holding(archived, [...ways, hosts.sshFolder, '/root/.ssh', 'id_ed25519'])).toEqual([])
  expect(holding(files, ways)).toContain('state/hosts.json: jm-sut')
})
