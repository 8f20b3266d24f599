import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveFs, CampaignArchive } from '../../results/archive/archive.ts'
import { makeFolder } from '../../results/archive/durable.ts'
import { nodeFs } from '../../results/archive/node-fs.ts'
import { insidePath, LAYOUT } from '../../results/archive/paths.ts'
import { mergeRefusals, type Refusal } from './refusal.ts'
import type { RunLines } from './run-points.ts'
import { openRunSpool, type RunCounts, type RunSpool, spooledRuns, writeRunSpool } from './run-spool.ts'
import { lockSpool } from './spool-lock.ts'

/** All points of a campaign on their way to InfluxDB: state/spool. Held by one process at a time. */
export interface Spool extends AsyncDisposable {
  /** Runs that were handed over whole, in the order of their ids. */
  runs(): readonly RunSpool[]
  has(run: string): boolean
  /** Spools a run; when it returns, every point is durable here or refused. Rejects with the cause, leaving nothing. */
  handOver(run: string, parts: AsyncIterable<RunLines>): Promise<void>
  counts(): RunCounts
  refusals(): readonly Refusal[]
}

/** @throws JoulemarkError `spool-locked` while another process holds it */
export async function openSpool(archive: CampaignArchive, fs: ArchiveFs = nodeFs): Promise<Spool> {
  const dir = await insidePath(archive.dir, `${LAYOUT.state}/spool`)
  await makeFolder(fs, dir, 0o700)
  const lock = await lockSpool(join(dir, 'lock'))
  const runs = new Map<string, RunSpool>()
  try {
    for (const run of await spooledRuns(dir)) {
      const spool = await openRunSpool({ fs, dir: join(dir, run), run })
      if (spool !== null) runs.set(run, spool)
    }
  } catch (error) {
    await lock[Symbol.asyncDispose]()
    throw error
  }

  return {
    runs: () => [...runs.values()].sort((a, b) => (a.run < b.run ? -1 : 1)),
    has: run => runs.has(run),

    async handOver(run, parts) {
      const place = { fs, dir: join(dir, run), run }
      try {
        await writeRunSpool(place, parts)
      } catch (error) {
        await rm(place.dir, { recursive: true, force: true }).catch(() => undefined)
        throw error
      }
      const spool = await openRunSpool(place)
      if (spool !== null) runs.set(run, spool)
    },

    counts() {
      const total = { stored: 0, waiting: 0, refused: 0 }
      for (const run of runs.values()) {
        const counts = run.counts()
        total.stored += counts.stored
        total.waiting += counts.waiting
        total.refused += counts.refused
      }
      return total
    },
    refusals: () => mergeRefusals([...runs.values()].flatMap(run => run.refusals())),
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
  }
}
