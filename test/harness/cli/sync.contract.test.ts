import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectionState } from '../../../harness/cli/compose.ts'
import { deriveParts } from '../../../harness/cli/derive-results.ts'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import { openCampaign } from '../../../results/archive/node-archive.ts'
import { runBatches } from '../../../results/derive/derive.ts'
import { fixed } from '../../../results/report/number-text.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { goldenCampaigns } from '../../support/golden-campaign.ts'
import { startInfluxd } from '../../testbed/influxd.ts'
import { recordedSeries } from '../store/flux-series.ts'
import { joulemark } from './joulemark.ts'

/** Valid readings of cpu.user in a campaign, and the time of its first phase. */
async function cpuUser(
  archive: CampaignArchive,
): Promise<{ readonly points: number; readonly start: number }> {
  let points = 0
  let start = Number.POSITIVE_INFINITY
  for (const run of await archive.runs()) {
    start = Math.min(start, (await run.record())?.phases[0]?.start ?? start)
    for (const [series, values] of await recordedSeries(runBatches(archive, run.id, deriveParts()), {}))
      if (series.startsWith('cpu user ')) points += values.length
  }
  return { points, start }
}

test('sync exits 9 as long as the database refuses points, and names measurement, field and number', async () => {
  await using folder = await temporaryFolder()
  await using influxd = await startInfluxd()
  const dir = join(folder.path, 'campaign')
  for (const golden of (await goldenCampaigns()).slice(0, 1)) await cp(golden.dir, dir, { recursive: true })
  const archive = await openCampaign(dir)
  const { url, org, bucket, token } = influxd
  const influx = { url, org, bucket, token: { env: 'JM_TEST_TOKEN' } }
  for (const [name, value] of Object.entries(
    connectionState({ targets: new Map(), influx, meters: new Map() }),
  ))
    await archive.writeState(name, value)

  // Some other program wrote the field as a float on that day.
  const { points, start } = await cpuUser(archive)
  expect(points).toBeGreaterThan(0)
  expect(await influxd.write(`cpu,run=other user=1.5 ${start}000`)).toMatchObject({ status: 204 })

  for (const time of ['first', 'again']) {
    const synced = await joulemark(['sync', dir], { env: { JM_TEST_TOKEN: token } })
    expect(synced.exitCode, `${time}: ${synced.stdout}${synced.stderr}`).toBe(9)
    expect(synced.stdout).toMatch(/^[\d,]+ stored · 0 waiting · [\d,]+ refused$/m)
    expect(synced.stdout).toContain(`refused: cpu user, ${fixed(points, 0)} points, by the server: `)
  }
})
