import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { syncCampaign } from '../../../harness/store/sync.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { type Influxd, startInfluxd } from '../../testbed/influxd.ts'
import { batchesOf, campaignWithRuns, runName, startOf } from './campaign.ts'
import { ROLES, sinkInto, TICKS } from './database.ts'
import { recordedSeries, storedSeries } from './flux-series.ts'

interface Killing {
  readonly influxd: Influxd
  readonly dir: string
  /** Which write of the spool, and on which side of it. */
  readonly call: number
  readonly side: 'before' | 'after'
}

/** Ends by SIGKILL of itself (true) or in good order (false). */
async function killedSync({ influxd, dir, call, side }: Killing): Promise<boolean> {
  const script = fileURLToPath(new URL('killed-sync.ts', import.meta.url))
  const argv = [script, dir, influxd.url, influxd.org, influxd.bucket, String(TICKS), String(call), side]
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { TOKEN: influxd.token },
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`sync ended with ${code ?? signal}`)
  return signal === 'SIGKILL'
}

test('sync, killed with kill -9 at whatever write, again and again, ends with every point stored once', async () => {
  await using dir = await temporaryFolder()
  await using influxd = await startInfluxd()
  const { bucket } = influxd
  const archive = await campaignWithRuns(dir.path, 1)
  expect(await influxd.write(`cpu,run=other user=1.5 ${startOf(1)}000`, bucket)).toMatchObject({
    status: 204,
  })
  let kills = 0
  for (const [call, side] of [
    [2, 'before'],
    [5, 'after'],
    [14, 'before'],
    [17, 'after'],
    [2, 'after'],
    [4, 'before'],
    [3, 'after'],
  ] as const) {
    if (await killedSync({ influxd, dir: archive.dir, call, side })) kills += 1
  }
  expect(kills).toBeGreaterThan(4)
  const report = await syncCampaign(sinkInto({ influxd, archive, bucket }))
  const recorded = await recordedSeries(batchesOf(TICKS)(runName(1)), ROLES)
  const stored = await storedSeries(influxd, runName(1), bucket)
  const sum = (values: Iterable<readonly string[]>): number =>
    [...values].reduce((n, list) => n + list.length, 0)
  expect(report).toMatchObject({
    waiting: 0,
    stored: sum(stored.values()),
    refusals: [{ measurement: 'cpu', field: 'user', by: 'server' }],
  })
  expect(report.stored + report.refused).toBe(sum(recorded.values()) + 4)
  const whole = [...recorded].filter(([key]) => !key.startsWith('cpu user '))
  for (const [key, values] of whole) expect([key, stored.get(key)]).toEqual([key, values])
})
