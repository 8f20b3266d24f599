import { Cleanup, ClockRecord, Environment, type RunRecord } from '../../harness/model/run.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import type { RunArchive } from '../archive/archive.ts'
import { readJson } from './read-json.ts'

/** The small files of a run, checked. */
export interface RunFiles {
  readonly record: RunRecord
  readonly before: Environment | null
  readonly after: Environment | null
  /** By host; a host that was never probed is not in it. */
  readonly clocks: ReadonlyMap<string, ClockRecord>
  readonly cleanup: Cleanup | null
}

/** @returns null: the run never got to writing its record. */
export async function readRun(run: RunArchive): Promise<RunFiles | null> {
  const record = await run.record()
  if (record === null) return null
  const before = await readJson(run, 'environment-before.json', Environment)
  const hosts = new Set([...Object.keys(before?.hosts ?? {}), ...record.recordings.map(ref => ref.host)])
  const clocks = new Map<string, ClockRecord>()
  for (const host of [...hosts].sort()) {
    const clock = await readJson(run, `raw/${host}/clock.json`, ClockRecord)
    if (clock !== null) clocks.set(host, clock)
  }
  return {
    record,
    before,
    after: await readJson(run, 'environment-after.json', Environment),
    clocks,
    cleanup: await readJson(run, 'cleanup.json', Cleanup),
  }
}

/** Facts of a host as they were before the run, else after it. */
export const factsOf = (files: RunFiles, host: string): HostFacts | null =>
  files.before?.hosts[host] ?? files.after?.hosts[host] ?? null
