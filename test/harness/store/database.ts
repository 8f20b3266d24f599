import { expect } from 'vitest'
import type { InfluxConnection } from '../../../harness/model/connection.ts'
import type { SinkOptions } from '../../../harness/store/sink.ts'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import type { Influxd } from '../../testbed/influxd.ts'
import { batchesOf, runName } from './campaign.ts'
import { recordedSeries, storedSeries } from './flux-series.ts'

export const TICKS = 250
export const ROLES = { web: 'sut' }
let buckets = 0

/** A bucket of its own for a test: tests share a server but no data. */
export async function newBucket(influxd: Influxd, retentionSeconds?: number): Promise<string> {
  buckets += 1
  await influxd.createBucket(`b${buckets}`, retentionSeconds)
  return `b${buckets}`
}

export interface Place {
  readonly influxd: Influxd
  readonly archive: CampaignArchive
  readonly bucket: string
  readonly connection?: Partial<InfluxConnection>
}

/** Options of a sink or a sync of the campaign's synthetic runs, with short delays. */
export function sinkInto({ influxd, archive, bucket, connection }: Place): SinkOptions {
  return {
    archive,
    batchesOf: batchesOf(TICKS),
    connection: { url: influxd.url, org: influxd.org, bucket, token: { env: 'TOKEN' }, ...connection },
    readSecret: async () => influxd.token,
    env: {},
    seed: 3,
    backOff: { firstSeconds: 0.05, mostSeconds: 0.4 },
    requestSeconds: 20,
  }
}

/** A run's series in the database are the archive's, value by value; returns the number of points. */
export async function expectAllStored(influxd: Influxd, bucket: string, run: number): Promise<number> {
  const stored = new Map(await storedSeries(influxd, runName(run), bucket))
  const recorded = await recordedSeries(batchesOf(TICKS)(runName(run)), ROLES)
  for (const key of stored.keys()) if (/^(phase|evidence) /.test(key)) stored.delete(key)
  expect([...stored.keys()].sort()).toEqual([...recorded.keys()].sort())
  for (const [key, values] of recorded) expect([key, stored.get(key)]).toEqual([key, values])
  return [...recorded.values()].reduce((sum, values) => sum + values.length, 0)
}
