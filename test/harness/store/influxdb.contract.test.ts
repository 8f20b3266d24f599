import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, type Server } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InfluxConnection } from '../../../harness/model/connection.ts'
import { micros } from '../../../harness/model/units.ts'
import { printLine } from '../../../harness/store/line.ts'
import { evidencePoints } from '../../../harness/store/ready-points.ts'
import { openSink, type SinkOptions } from '../../../harness/store/sink.ts'
import { syncCampaign } from '../../../harness/store/sync.ts'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import { type TemporaryFolder, temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { type Influxd, startInfluxd } from '../../testbed/influxd.ts'
import { addRun, batchesOf, campaignWithRuns, runName, startOf } from './campaign.ts'
import { recordedSeries, storedSeries } from './flux-series.ts'
import { until } from './until.ts'

const TICKS = 250
const ROLES = { web: 'sut' }
const QUICK = { firstSeconds: 0.05, mostSeconds: 0.4 }
let influxd: Influxd
let buckets = 0

beforeAll(async () => {
  influxd = await startInfluxd()
})
afterAll(() => influxd[Symbol.asyncDispose]())

/** A bucket of its own for a test: tests share a server but no data. */
async function newBucket(retentionSeconds?: number): Promise<string> {
  buckets += 1
  await influxd.createBucket(`b${buckets}`, retentionSeconds)
  return `b${buckets}`
}

function options(
  archive: CampaignArchive,
  bucket: string,
  connection: Partial<InfluxConnection> = {},
): SinkOptions {
  return {
    archive,
    batchesOf: batchesOf(TICKS),
    connection: { url: influxd.url, org: influxd.org, bucket, token: { env: 'TOKEN' }, ...connection },
    readSecret: async () => influxd.token,
    env: {},
    seed: 3,
    backOff: QUICK,
    requestSeconds: 20,
  }
}

async function expectAllStored(bucket: string, run: number, server: Influxd = influxd): Promise<number> {
  const stored = new Map(await storedSeries(server, runName(run), bucket))
  const recorded = await recordedSeries(batchesOf(TICKS)(runName(run)), ROLES)
  for (const key of [...stored.keys()])
    if (key.startsWith('phase ') || key.startsWith('evidence ')) stored.delete(key)
  expect([...stored.keys()].sort()).toEqual([...recorded.keys()].sort())
  for (const [key, values] of recorded) expect(stored.get(key), key).toEqual(values)
  return [...recorded.values()].reduce((sum, values) => sum + values.length, 0)
}

const folder = (): Promise<TemporaryFolder> => temporaryFolder()

test('a complete run comes back bit for bit by a raw query, with its phases and its evidence', async () => {
  await using dir = await folder()
  const bucket = await newBucket()
  const archive = await campaignWithRuns(dir.path, 1)
  const sink = await openSink({
    ...options(archive, bucket),
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
  const count = await expectAllStored(bucket, 1)
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
  await using dir = await folder()
  await using own = await startInfluxd()
  const archive = await campaignWithRuns(dir.path, 1)
  await own.kill()
  const sink = await openSink(options(archive, own.bucket, { url: own.url }))
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
  for (const run of [1, 2, 3]) await expectAllStored(own.bucket, run, own)
})

test('what waits at the end is completed by sync, and sync again changes nothing', async () => {
  await using dir = await folder()
  await using own = await startInfluxd()
  await own.stop()
  const archive = await campaignWithRuns(dir.path, 2)
  await addRun(archive, 3, 'aborted')
  const o = options(archive, own.bucket, { url: own.url })
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
  for (const run of [1, 2]) await expectAllStored(own.bucket, run, own)
})

test('a field type conflict: exactly its points are refused, sync names measurement and field; without the cause they are stored', async () => {
  await using dir = await folder()
  const bucket = await newBucket()
  const archive = await campaignWithRuns(dir.path, 1)
  // Some other program wrote cpu.user as a float and memory.used as an integer on that day.
  expect(
    await influxd.write(
      `cpu,run=other user=1.5 ${startOf(1)}000\nmemory,run=other used=2i ${startOf(1)}000`,
      bucket,
    ),
  ).toMatchObject({ status: 204 })
  const o = options(archive, bucket)
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
    expect(stored.get(key), key).toEqual(refused ? undefined : values)
  }

  const other = await newBucket()
  const mended = await syncCampaign(options(archive, other))
  expect(mended).toMatchObject({ complete: true, refused: 0, waiting: 0 })
  expect(mended.stored).toBe(count('') + 4)
})

test('points beyond the retention of a bucket are refused with that reason', async () => {
  await using dir = await folder()
  const bucket = await newBucket(3600)
  const archive = await campaignWithRuns(dir.path, 0)
  const o = options(archive, bucket)
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
    await using dir = await folder()
    const bucket = await newBucket()
    const archive = await campaignWithRuns(dir.path, 1)
    const bad = { ...options(archive, bucket, wrong.connection), ...wrong.options }
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
    expect(await syncCampaign(options(archive, bucket))).toMatchObject({
      complete: true,
      stored: report.waiting,
    })
    await expectAllStored(bucket, 1)
  },
)

test('every tag value and text that we print comes back as it was', async () => {
  const bucket = await newBucket()
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
  expect([...stored].sort()).toEqual(
    values
      .map((value, i) => [`probe text   ${i} ${value}`, [`${1_700_000_000_000_000 + i} ${value}`]])
      .sort(),
  )
})

test('the path of the campaign does not matter to the points, its name does', async () => {
  await using dir = await folder()
  const bucket = await newBucket()
  const archive = await campaignWithRuns(join(dir.path, 'deep', 'er'), 1)
  expect(await syncCampaign(options(archive, bucket))).toMatchObject({
    complete: true,
    handedOver: [runName(1)],
  })
  const csv = await influxd.query(
    `import "influxdata/influxdb/schema" schema.tagValues(bucket: "${bucket}", tag: "campaign", start: 1970-01-01T00:00:00Z)`,
  )
  expect(csv).toContain('probe-1')
  expect(csv).not.toContain('deep')
})

/** Ends by SIGKILL of itself (true) or in good order (false). */
async function killedSync(
  archive: CampaignArchive,
  bucket: string,
  call: number,
  side: 'before' | 'after',
): Promise<boolean> {
  const script = fileURLToPath(new URL('killed-sync.ts', import.meta.url))
  const argv = [script, archive.dir, influxd.url, influxd.org, bucket, String(TICKS), String(call), side]
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { TOKEN: influxd.token },
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`sync ended with ${code ?? signal}`)
  return signal === 'SIGKILL'
}

test('sync, killed with kill -9 at whatever write, again and again, ends with every point stored once', async () => {
  await using dir = await folder()
  const bucket = await newBucket()
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
    if (await killedSync(archive, bucket, call, side)) kills += 1
  }
  expect(kills).toBeGreaterThan(4)
  const report = await syncCampaign(options(archive, bucket))
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
  for (const [key, values] of recorded)
    if (!key.startsWith('cpu user ')) expect(stored.get(key), key).toEqual(values)
})

test('https through a proxy: the tunnel carries TLS with the server itself', async () => {
  await using dir = await folder()
  const bucket = await newBucket()
  const pem = join(dir.path, 'server.pem')
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...[
      '-subj',
      '/CN=influx.invalid',
      '-addext',
      'subjectAltName=DNS:influx.invalid',
      '-keyout',
      pem,
      '-out',
      `${pem}.crt`,
    ],
  ])
  const cert = await readFile(`${pem}.crt`, 'utf8')
  const tlsDoor = createTlsServer({ key: await readFile(pem), cert }, socket => {
    const inner = connect(influxd.port, '127.0.0.1')
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  }).listen(0, '127.0.0.1')
  const asked: string[] = []
  const proxy = createHttpServer().on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`)
    const inner = connect(portOf(tlsDoor), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  })
  proxy.listen(0, '127.0.0.1')
  const trusted = getCACertificates()
  try {
    await Promise.all([once(proxy, 'listening')])
    const archive = await campaignWithRuns(dir.path, 1)
    const o = {
      ...options(archive, bucket, { url: 'https://influx.invalid:8443' }),
      env: { HTTPS_PROXY: `http://me:pass@127.0.0.1:${portOf(proxy)}` },
      patienceSeconds: 1,
    }
    expect(await syncCampaign(o)).toMatchObject({
      complete: false,
      waitingBecause: expect.stringMatching(/self.signed/),
    })
    setDefaultCACertificates([...trusted, cert])
    expect(await syncCampaign(o)).toMatchObject({ complete: true })
    expect(new Set(asked)).toEqual(
      new Set([`influx.invalid:8443 Basic ${Buffer.from('me:pass').toString('base64')}`]),
    )
  } finally {
    setDefaultCACertificates(trusted)
    proxy.close()
    tlsDoor.close()
  }
  await expectAllStored(bucket, 1)
})

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
