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

const Event = z.looseObject({ type: z.string(), number: z.number().optional() })

/** Kills the database when the second of three runs begins and starts it again when the third does. */
async function follow(out: AsyncIterable<string>, influxd: Influxd): Promise<string[]> {
  const did: string[] = []
  for await (const line of out) {
    const event = Event.parse(JSON.parse(line))
    if (event.type !== 'run-start') continue
    if (event.number === 2 && did.length === 0) {
      await influxd.kill()
      did.push('killed')
    }
    if (event.number === 3 && did.length === 1) {
      await influxd.start()
      did.push('started')
    }
  }
  return did
}

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
  const did = await follow(
    createInterface({ input: running.stdout, crlfDelay: Number.POSITIVE_INFINITY }),
    influxd,
  )
  const ended = await running
  expect(ended.exitCode, ended.stderr).toBe(0)
  expect(did).toEqual(['killed', 'started'])
  expect(await hosts.snapshot('two-hosts')).toEqual(before)

  const dir = await onlyCampaign(campaigns)
  const synced = await joulemark(['sync', dir], { env })
  expect(synced.code, synced.stdout + synced.stderr).toBe(0)
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

  expect((await joulemark(['report', dir, '--format', 'json,html,md,csv,png'])).code).toBe(0)
  const result = Result.parse(
    JSON.parse(await readFile(path.join(dir, 'derived/0.1.0/report/result.json'), 'utf8')),
  )
  expect(result.groups.map(g => g.workload).sort()).toEqual(['cpu-compress', 'oltp-postgres', 'web-static'])
  for (const group of result.groups) {
    expect(group.verdict).toBe('unranked')
    expect(group.energyPerUnit.n).toBe(1)
    expect(group.evidence?.kind).toBe('model')
  }
  // Nothing that was found may come from the database.
  const allowed = new Set([
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
  for (const run of result.runs.filter(r => r.verdicts.measurement !== 'invalid'))
    expect(
      run.findings.map(f => f.code).filter(code => !allowed.has(code)),
      run.id,
    ).toEqual([])
  expect(result.cleanup.left).toEqual([])
  expect(result.cleanup.gone).toBe(result.cleanup.made)
})
