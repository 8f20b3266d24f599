import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Refusal } from '../../../harness/store/refusal.ts'
import type { RunLines } from '../../../harness/store/run-points.ts'
import {
  BATCH_LINES,
  type BatchOutcome,
  openRunSpool,
  type RunSpool,
  type RunSpoolPlace,
  writeRunSpool,
} from '../../../harness/store/run-spool.ts'
import type { ArchiveFs } from '../../../results/archive/archive.ts'
import { nodeFs } from '../../../results/archive/node-fs.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'

const RUN = '0001-a-b-r1-a1'
const place = (path: string, fs: ArchiveFs = nodeFs): RunSpoolPlace => ({
  fs,
  dir: join(path, RUN),
  run: RUN,
})
const lines = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `cpu,run=r user=${from + i}i ${from + i}000`)
const refusal = (points: number, by: Refusal['by'] = 'server'): Refusal => ({
  measurement: 'cpu',
  field: 'user',
  by,
  reason: 'no',
  points,
})

async function* parts(...given: readonly RunLines[]): AsyncIterable<RunLines> {
  yield* given
}

async function opened(path: string, fs?: ArchiveFs): Promise<RunSpool> {
  const spool = await openRunSpool(place(path, fs))
  if (spool === null) throw new Error('not handed over')
  return spool
}

const refuse = (refused: readonly string[]): BatchOutcome => ({
  refused: refused.map(line => ({ line, refusal: refusal(1) })),
})

test('lines are cut into bounded batches, in order, and counted with what was refused before', async () => {
  await using folder = await temporaryFolder()
  const first = lines(0, 3000)
  const second = lines(3000, BATCH_LINES)
  await writeRunSpool(
    place(folder.path),
    parts({ lines: first, refused: [refusal(2, 'here')] }, { lines: second, refused: [refusal(1, 'here')] }),
  )
  const spool = await opened(folder.path)
  expect(spool.counts()).toEqual({ stored: 0, waiting: 8000, refused: 3 })
  expect(spool.waiting()).toEqual(['0001', '0002'])
  expect([...(await spool.read('0001')), ...(await spool.read('0002'))]).toEqual([...first, ...second])
  expect(await spool.read('0001')).toHaveLength(BATCH_LINES)
  for (const name of await readdir(join(folder.path, RUN)))
    expect((await stat(join(folder.path, RUN, name))).mode & 0o777).toBe(0o600)
})

test('a settled batch is gone from the disk, refused lines stay with their reason; a later try replaces them', async () => {
  await using folder = await temporaryFolder()
  const all = lines(0, 10)
  await writeRunSpool(place(folder.path), parts({ lines: all, refused: [] }))
  await (await opened(folder.path)).settle('0001', refuse(all.slice(0, 4)))
  const again = await opened(folder.path)
  expect(again.counts()).toEqual({ stored: 6, waiting: 0, refused: 4 })
  expect(again.refusals()).toEqual([refusal(4)])
  expect(again.partlyRefused()).toEqual(['0001'])
  expect(await again.read('0001')).toEqual(all.slice(0, 4))
  expect((await readdir(join(folder.path, RUN))).sort()).toEqual([
    'accepted.json',
    'journal.jsonl',
    'refused',
  ])
  await again.settle('0001', refuse([]))
  const last = await opened(folder.path)
  expect(last.counts()).toEqual({ stored: 10, waiting: 0, refused: 0 })
  expect(await readdir(join(folder.path, RUN, 'refused'))).toEqual([])
})

/** Throws at the n-th call, as if the process ended there; an append may be torn. */
function killedAt(call: number, tear: number): ArchiveFs {
  let left = call
  const step = <T>(work: () => Promise<T>): Promise<T> =>
    left-- === 0 ? Promise.reject(new Error('killed')) : work()
  return {
    writeNew: (path, content, mode) => step(() => nodeFs.writeNew(path, content, mode)),
    rename: (from, to) => step(() => nodeFs.rename(from, to)),
    fsyncFolder: path => step(() => nodeFs.fsyncFolder(path)),
    append: async (path, text) => {
      if (left === 0) await appendFile(path, text.slice(0, Math.floor(text.length * tear)))
      return step(() => nodeFs.append(path, text))
    },
  }
}

test('law: wherever the process ends, the three counts add up to what was handed over, and going on ends right', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(5),
      async (call, tear, refused) => {
        await using folder = await temporaryFolder()
        const given = { lines: lines(0, BATCH_LINES + 10), refused: [refusal(3, 'here')] }
        const total = given.lines.length + 3
        const settleAll = async (fs: ArchiveFs): Promise<void> => {
          const spool = await openRunSpool(place(folder.path, fs))
          if (spool === null) return
          for (const batch of spool.waiting())
            await spool.settle(batch, refuse((await spool.read(batch)).slice(0, refused)))
        }
        const fs = killedAt(call, tear)
        await writeRunSpool(place(folder.path, fs), parts(given))
          .then(() => settleAll(fs))
          .catch(() => undefined)

        const after = await openRunSpool(place(folder.path)).catch(() => null)
        const counts = after?.counts() ?? { stored: 0, waiting: 0, refused: total }
        expect(counts.stored + counts.waiting + counts.refused).toBe(total)
        if (after === null) await writeRunSpool(place(folder.path), parts(given))
        await settleAll(nodeFs)
        expect((await opened(folder.path)).counts()).toEqual({
          stored: total - 3 - 2 * refused,
          waiting: 0,
          refused: 3 + 2 * refused,
        })
      },
    ),
    { numRuns: 40, seed: 51 },
  )
}, 60_000)

test.each([
  ['its list is gone', (dir: string) => rm(join(dir, 'accepted.json'))],
  [
    'its list is damaged',
    (dir: string) => writeFile(join(dir, 'accepted.json'), '{"schema":"joulemark/spool/1"'),
  ],
  [
    'its list is of another run',
    async (dir: string) =>
      writeFile(
        join(dir, 'accepted.json'),
        (await readFile(join(dir, 'accepted.json'), 'utf8')).replace(RUN, 'x'),
      ),
  ],
  ['a batch is gone that was never settled', (dir: string) => rm(join(dir, '0001.lp.gz'))],
  [
    'its journal says what it can not',
    (dir: string) => writeFile(join(dir, 'journal.jsonl'), '{"batch":1,"refused":[]}\n'),
  ],
])('a spool counts for nothing when %s: the archive gives it again', async (_name, harm) => {
  await using folder = await temporaryFolder()
  await writeRunSpool(place(folder.path), parts({ lines: lines(0, 3), refused: [] }))
  await harm(join(folder.path, RUN))
  expect(await openRunSpool(place(folder.path))).toBeNull()
})
