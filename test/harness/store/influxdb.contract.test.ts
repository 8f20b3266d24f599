import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InfluxConnection } from '../../../harness/model/connection.ts'
import { micros } from '../../../harness/model/units.ts'
import { printLine } from '../../../harness/store/line.ts'
import { evidencePoints } from '../../../harness/store/ready-points.ts'
import { openSink, type SinkOptions } from '../../../harness/store/sink.ts'
import { syncCampaign } from '../../../harness/store/sync.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { type Influxd, startInfluxd } from '../../testbed/influxd.ts'
import { addRun, batchesOf, campaignWithRuns, runName, startOf } from './campaign.ts'
import { expectAllStored, newBucket, ROLES, sinkInto, TICKS } from './database.ts'
import { recordedSeries, storedSeries } from './flux-series.ts'
import { until } from './until.ts'

let influxd: Influxd

beforeAll(async () => {
  influxd = await startInfluxd()
})
afterAll(() => influxd[Symbol.asyncDispose]())

test('a complete run comes back bit for bit by a raw query, with its phases and its evidence', async () => {
  await using dir = await temporaryFolder()
  const bucket = await newBucket(influxd)
  const archive = await campaignWithRuns(dir.path, 1)
  const sink = await openSink({
    ...sinkInto({ influxd, archive, bucket }),
    extraPointsOf: async (_run, tags, record) =>
      evidencePoints(tags, record, [
        {
          host: 'web',
          evidence: {
            source: 'rapl',
            kind: 'host-counter',
            class: 'E0',
            scope: 'cpu "package", 1\\2 socket',
          },
        },
      ]),
  })
  await sink.accept(runName(1))
  await sink.close(60)
  const count = await expectAllStored(influxd, bucket, 1)
  // two phases of two values, one source of three
  expect(sink.counts()).toEqual({ stored: count + 4 + 3, waiting: 0, refused: 0 })
  expect(sink.problems()).toEqual([])
  const stored = await storedSeries(influxd, runName(1), bucket)
  expect(stored.get('phase start   phases window-0')).toEqual([
    `${startOf(1) + 5_000_000} ${startOf(1) + 5_000_000}`,
  ])
  expect(stored.get('phase end   phases window-0')).toEqual([
    `${startOf(1) + 5_000_000} ${startOf(1) + 9_000_000}`,
  ])
  expect(stored.get('evidence scope web sut rapl total')).toEqual([
    `${startOf(1)} cpu "package", 1\\2 socket`,
  ])
})

test('a database that is down from the start, and one that is killed in the middle, end with everything stored', async () => {
  await using dir = await temporaryFolder()
  await using own = await startInfluxd()
  const archive = await campaignWithRuns(dir.path, 1)
  await own.kill()
  const sink = await openSink(sinkInto({ influxd: own, archive, bucket: own.bucket }))
  await sink.accept(runName(1))
  expect(sink.counts().stored).toBe(0)
  const all = sink.counts().waiting
  await until(() => sink.waitingBecause() !== null)
  expect(sink.waitingBecause()).toContain('ECONNREFUSED')
  await own.start()
  await until(() => sink.counts().stored > 0)
  await own.kill()
  for (const run of [2, 3]) {
    await addRun(archive, run, 'complete')
    await sink.accept(runName(run))
  }
  await own.start()
  await sink.close(60)
  expect(sink.counts()).toEqual({ stored: 3 * all, waiting: 0, refused: 0 })
  for (const run of [1, 2, 3]) await expectAllStored(own, own.bucket, run)
})

test('what waits at the end is completed by sync, and sync again changes nothing', async () => {
  await using dir = await temporaryFolder()
  await using own = await startInfluxd()
  await own.stop()
  const archive = await campaignWithRuns(dir.path, 2)
  await addRun(archive, 3, 'aborted')
  const o = sinkInto({ influxd: own, archive, bucket: own.bucket })
  const sink = await openSink(o)
  await sink.accept(runName(1))
  await sink.close(0.2)
  const down = await syncCampaign({ ...o, patienceSeconds: 0.3 })
  expect(down).toMatchObject({
    complete: false,
    stored: 0,
    refused: 0,
    waitingBecause: expect.stringContaining('ECONNREFUSED'),
  })
  expect(down.waiting).toBeGreaterThan(0)
  await own.start()
  const up = await syncCampaign(o)
  expect(up).toMatchObject({
    complete: true,
    waiting: 0,
    refused: 0,
    notHandedOver: [],
    refusals: [],
    waitingBecause: null,
  })
  expect(await syncCampaign(o)).toEqual({ ...up, handedOver: [] })
  for (const run of [1, 2]) await expectAllStored(own, own.bucket, run)
})

test('a field type conflict: exactly its points are refused, sync names measurement and field; without the cause they are stored', async () => {
  await using dir = await temporaryFolder()
  const bucket = await newBucket(influxd)
  const archive = await campaignWithRuns(dir.path, 1)
  // Some other program wrote cpu.user as a float and memory.used as an integer on that day.
  expect(
    await influxd.write(
      `cpu,run=other user=1.5 ${startOf(1)}000\nmemory,run=other used=2i ${startOf(1)}000`,
      bucket,
    ),
  ).toMatchObject({ status: 204 })
  const o = sinkInto({ influxd, archive, bucket })
  const sink = await openSink(o)
  await sink.accept(runName(1))
  await sink.close(60)
  const recorded = await recordedSeries(batchesOf(TICKS)(runName(1)), ROLES)
  const count = (start: string): number =>
    [...recorded].filter(([key]) => key.startsWith(start)).reduce((sum, [, values]) => sum + values.length, 0)
  const conflicting = count('cpu user ') + count('memory used ')
  expect(sink.counts()).toEqual({ stored: count('') + 4 - conflicting, waiting: 0, refused: conflicting })

  const report = await syncCampaign(o)
  expect(report).toMatchObject({ complete: false, waiting: 0, refused: conflicting })
  expect(report.refusals).toEqual([
    {
      measurement: 'cpu',
      field: 'user',
      by: 'server',
      points: count('cpu user '),
      reason: expect.stringContaining('field type conflict'),
    },
    {
      measurement: 'memory',
      field: 'used',
      by: 'server',
      points: count('memory used '),
      reason: expect.stringContaining('field type conflict'),
    },
  ])
  const stored = await storedSeries(influxd, runName(1), bucket)
  for (const [key, values] of recorded) {
    const refused = key.startsWith('cpu user ') || key.startsWith('memory used ')
    expect([key, stored.get(key)]).toEqual([key, refused ? undefined : values])
  }

  const other = await newBucket(influxd)
  const mended = await syncCampaign(sinkInto({ influxd, archive, bucket: other }))
  expect(mended).toMatchObject({ complete: true, refused: 0, waiting: 0 })
  expect(mended.stored).toBe(count('') + 4)
})

test('points beyond the retention of a bucket are refused with that reason', async () => {
  await using dir = await temporaryFolder()
  const bucket = await newBucket(influxd, 3600)
  const archive = await campaignWithRuns(dir.path, 0)
  const o = sinkInto({ influxd, archive, bucket })
  await addRun(archive, 1, 'complete')
  const old = syncCampaign({
    ...o,
    batchesOf: () => (async function* () {})(),
    extraPointsOf: async () => [
      {
        measurement: 'power',
        field: 'watts',
        tags: { run: runName(1) },
        value: { type: 'float', value: 1 },
        time: micros(1_000_000_000_000_000),
      },
      {
        measurement: 'power',
        field: 'watts',
        tags: { run: runName(1) },
        value: { type: 'float', value: 2 },
        time: micros(Date.now() * 1000),
      },
    ],
  })
  expect((await old).refusals).toContainEqual({
    measurement: 'power',
    field: 'watts',
    by: 'server',
    points: 1,
    reason: expect.stringContaining('retention'),
  })
})

interface Wrong {
  readonly options: Partial<SinkOptions>
  readonly connection: Partial<InfluxConnection>
  readonly reason: string
}

const WRONG: Readonly<Record<string, Wrong>> = {
  'a wrong token': { options: { readSecret: async () => 'not-the-token' }, connection: {}, reason: '401' },
  'a bucket that is not there': { options: {}, connection: { bucket: 'none' }, reason: '404' },
  'an organisation that is not there': { options: {}, connection: { org: 'none' }, reason: '404' },
  'a token that can not be read': {
    options: { readSecret: () => Promise.reject(new Error('TOKEN is not set')) },
    connection: {},
    reason: 'TOKEN is not set',
  },
}

test.each(Object.entries(WRONG))(
  '%s: everything waits, the reason is named, and after the mend sync completes',
  async (_name, wrong) => {
    await using dir = await temporaryFolder()
    const bucket = await newBucket(influxd)
    const archive = await campaignWithRuns(dir.path, 1)
    const bad = { ...sinkInto({ influxd, archive, bucket, connection: wrong.connection }), ...wrong.options }
    const sink = await openSink(bad)
    await sink.accept(runName(1))
    await sink.close(1)
    expect(sink.counts()).toMatchObject({ stored: 0, refused: 0 })
    const report = await syncCampaign({ ...bad, patienceSeconds: 1 })
    expect(report).toMatchObject({
      complete: false,
      stored: 0,
      refused: 0,
      waitingBecause: expect.stringContaining(wrong.reason),
    })
    expect(JSON.stringify(report)).not.toContain('not-the-token')
    expect(await syncCampaign(sinkInto({ influxd, archive, bucket }))).toMatchObject({
      complete: true,
      stored: report.waiting,
    })
    await expectAllStored(influxd, bucket, 1)
  },
)

test('every tag value and text that we print comes back as it was', async () => {
  const bucket = await newBucket(influxd)
  const values = [
    'plain',
    'a b',
    'a,b',
    'a=b',
    'a"b',
    "a'b",
    'dev\\x2dsda',
    '\\x',
    'é ✓ 漢',
    '#x',
    'a, b=c',
    ' lead',
    'trail ',
    ',',
    '=',
    '==',
    '""',
    '-0',
    'true',
  ]
  const lines = values.map((value, i) => {
    const printed = printLine({
      measurement: 'probe',
      field: 'text',
      tags: { run: 'r', instance: value, source: String(i) },
      value: { type: 'text', value },
      time: micros(1_700_000_000_000_000 + i),
    })
    return 'text' in printed ? printed.text : ''
  })
  expect(await influxd.write(lines.join('\n'), bucket)).toEqual({ status: 204, body: '' })
  const stored = await storedSeries(influxd, 'r', bucket)
  const expected = values.map(
    (value, i) => [`probe text   ${i} ${value}`, [`${1_700_000_000_000_000 + i} ${value}`]] as const,
  )
  expect(stored).toEqual(new Map(expected))
})

test('the path of the campaign does not matter to the points, its name does', async () => {
  await using dir = await temporaryFolder()
  const bucket = await newBucket(influxd)
  const archive = await campaignWithRuns(join(dir.path, 'deep', 'er'), 1)
  expect(await syncCampaign(sinkInto({ influxd, archive, bucket }))).toMatchObject({
    complete: true,
    handedOver: [runName(1)],
  })
  const csv = await influxd.query(
    `import "influxdata/influxdb/schema" schema.tagValues(bucket: "${bucket}", tag: "campaign", start: 1970-01-01T00:00:00Z)`,
  )
  expect(csv).toContain('probe-1')
  expect(csv).not.toContain('deep')
})
