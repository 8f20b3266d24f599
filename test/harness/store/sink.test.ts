import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openSink, type SinkOptions } from '../../../harness/store/sink.ts'
import { syncCampaign } from '../../../harness/store/sync.ts'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { addRun, batchesOf, campaignWithRuns, runName } from './campaign.ts'
import { type Answer, httpDouble, json } from './http-double.ts'
import { until } from './until.ts'

const TICKS = 100

function options(archive: CampaignArchive, url: string, over: Partial<SinkOptions> = {}): SinkOptions {
  return {
    archive,
    batchesOf: batchesOf(TICKS),
    connection: { url, org: 'o', bucket: 'b', token: { env: 'TOKEN' } },
    readSecret: async () => 'secret-token',
    env: {},
    seed: 5,
    backOff: { firstSeconds: 0.01, mostSeconds: 0.05 },
    ...over,
  }
}

const ok: Answer = (_request, response) => response.writeHead(204).end()

test('accept returns when the points are durable, though the database hangs; close leaves them waiting', async () => {
  await using folder = await temporaryFolder()
  await using double = await httpDouble(() => undefined)
  const archive = await campaignWithRuns(folder.path, 1)
  const sink = await openSink(options(archive, double.url))
  await sink.accept(runName(1))
  const { waiting } = sink.counts()
  expect(waiting).toBeGreaterThan(5000)
  expect(await readdir(join(archive.dir, 'state/spool', runName(1)))).toContain('accepted.json')
  const began = performance.now()
  await sink.close(0.2)
  expect(performance.now() - began).toBeLessThan(5000)
  expect(sink.counts()).toEqual({ stored: 0, waiting, refused: 0 })
  expect(existsSync(join(archive.dir, 'state/spool/lock'))).toBe(false)
})

test('while paused nothing is sent or parsed, a request under way is broken off; then it goes on', async () => {
  await using folder = await temporaryFolder()
  let closed = 0
  let hang = true
  await using double = await httpDouble((request, response, index) => {
    response.once('close', () => {
      if (!response.writableEnded) closed += 1
    })
    if (!hang) ok(request, response, index)
  })
  const archive = await campaignWithRuns(folder.path, 1)
  let parsed = 0
  const sink = await openSink(
    options(archive, double.url, {
      batchesOf: async function* (run) {
        for await (const slice of batchesOf(TICKS)(run)) {
          parsed += 1
          yield slice
        }
      },
    }),
  )
  await sink.accept(runName(1))
  await until(() => double.received.length === 1)
  sink.pause()
  await until(() => closed === 1)
  hang = false
  await addRun(archive, 2, 'complete')
  const before = parsed
  const accepted = sink.accept(runName(2))
  await sleep(150)
  expect(double.received).toHaveLength(1)
  expect(parsed).toBe(before)
  sink.resume()
  await accepted
  await sink.close(30)
  expect(sink.counts()).toMatchObject({ waiting: 0, refused: 0 })
})

test('429 and 503 are waited for, partial writes are split, a batch that fails lets the others go first', async () => {
  await using folder = await temporaryFolder()
  const answers: number[] = []
  let poisoned = ''
  await using double = await httpDouble((request, response, index) => {
    const [first = ''] = request.lines
    if (index === 0) poisoned = first
    const bad = request.lines.filter(line => line.includes(' steal='))
    const code = index < 2 ? 429 : index < 12 && first === poisoned ? 500 : bad.length > 0 ? 422 : 204
    answers.push(code)
    if (code === 204) response.writeHead(204).end()
    else json(response, code, `partial write: field type conflict dropped=${bad.length}`)
  })
  const archive = await campaignWithRuns(folder.path, 1)
  const sink = await openSink(options(archive, double.url))
  await sink.accept(runName(1))
  await sink.close(30)
  const report = await syncCampaign({ ...options(archive, double.url), patienceSeconds: 1 })
  const steal = report.refusals.filter(({ field }) => field === 'steal')
  expect(steal).toMatchObject([{ measurement: 'cpu', by: 'server', points: report.refused }])
  expect(report).toMatchObject({ waiting: 0, complete: false })
  expect(answers.indexOf(204)).toBeLessThan(answers.lastIndexOf(500))
  expect(answers.slice(0, 2)).toEqual([429, 429])
})

test('runs that were complete but never handed over are taken when the sink opens; aborted ones are not', async () => {
  await using folder = await temporaryFolder()
  await using double = await httpDouble(ok)
  const archive = await campaignWithRuns(folder.path, 1)
  await addRun(archive, 2, 'aborted')
  await addRun(archive, 3, 'skipped')
  const sink = await openSink(options(archive, double.url))
  for (const run of [1, 2, 3]) await sink.accept(runName(run))
  await sink.close(30)
  expect((await readdir(join(archive.dir, 'state/spool'))).sort()).toEqual([runName(1)])
  expect(sink.counts()).toMatchObject({ waiting: 0, refused: 0 })
})

test('a run that can not be parsed is named, leaves nothing behind, and does not hinder the next', async () => {
  await using folder = await temporaryFolder()
  await using double = await httpDouble(ok)
  const archive = await campaignWithRuns(folder.path, 0)
  let broken = true
  const o = options(archive, double.url, {
    batchesOf: run => {
      if (broken && run === runName(1)) throw new Error('raw/web/recording-1.gz: not a whole gzip file')
      return batchesOf(TICKS)(run)
    },
  })
  const sink = await openSink(o)
  await addRun(archive, 1, 'complete')
  await addRun(archive, 2, 'complete')
  await expect(sink.accept(runName(1))).rejects.toMatchObject({ code: 'not-handed-over', exit: 'unsynced' })
  await sink.accept(runName(2))
  await sink.close(30)
  expect(sink.problems()).toEqual([
    { run: runName(1), reason: 'raw/web/recording-1.gz: not a whole gzip file' },
  ])
  expect(await syncCampaign(o)).toMatchObject({
    complete: false,
    notHandedOver: sink.problems(),
    waiting: 0,
    refused: 0,
  })
  broken = false
  expect(await syncCampaign(o)).toMatchObject({ complete: true, handedOver: [runName(1)], notHandedOver: [] })
})

test('one process at a time has the spool; the lock of one that is gone is taken over', async () => {
  await using folder = await temporaryFolder()
  await using double = await httpDouble(ok)
  const archive = await campaignWithRuns(folder.path, 1)
  const o = options(archive, double.url)
  const sink = await openSink(o)
  await expect(syncCampaign(o)).rejects.toMatchObject({ code: 'spool-locked', exit: 'locked' })
  await sink.close(30)
  const lock = join(archive.dir, 'state/spool/lock')
  // Process ids end at 2^22: this one is nobody's. The second is ours, but began at another time.
  for (const holder of [
    { pid: 2 ** 22 + 1, began: '1' },
    { pid: process.pid, began: '1' },
  ]) {
    await writeFile(lock, JSON.stringify(holder))
    expect(await syncCampaign(o)).toMatchObject({ complete: true })
  }
  await writeFile(lock, '{"pid":')
  expect(await syncCampaign(o)).toMatchObject({ complete: true })
})

test('a spool that is lost is made again from the archive', async () => {
  await using folder = await temporaryFolder()
  await using double = await httpDouble(ok)
  const archive = await campaignWithRuns(folder.path, 1)
  const o = options(archive, double.url)
  const first = await syncCampaign(o)
  await writeFile(join(archive.dir, 'state/spool', runName(1), 'accepted.json'), 'damaged')
  expect(await syncCampaign(o)).toEqual({ ...first, handedOver: [runName(1)] })
})
