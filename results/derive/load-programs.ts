import type { RunRecord } from '../../harness/model/run.ts'
import { type LoadFacts, loadFolder, type Work, type WorkFiles } from '../../harness/model/workload.ts'
import type { HostClock } from '../analyse/time/host-clock.ts'

/** One of the programs that made a run's load. */
export interface LoadProgram {
  /** Its own files alone, under the names that a single program's have. */
  readonly files: WorkFiles
  readonly exit: number | null
  readonly clock: HostClock
}

/** The programs that made the load; null: the clock of one is not known. */
export function loadPrograms(
  { loads, loadExit }: Pick<RunRecord, 'loads' | 'loadExit'>,
  files: WorkFiles,
  clock: HostClock,
  clockOf: (host: string) => HostClock | null,
): readonly LoadProgram[] | null {
  if (loads === undefined) return [{ files, exit: loadExit, clock }]
  const programs: LoadProgram[] = []
  for (const [i, { host, exit }] of loads.entries()) {
    const own = clockOf(host)
    if (own === null) return null
    programs.push({ files: below(files, loadFolder(i)), exit, clock: own })
  }
  return programs
}

const below = (files: WorkFiles, folder: string): WorkFiles => ({
  names: files.names.filter(name => name.startsWith(folder)).map(name => name.slice(folder.length)),
  open: name => files.open(`${folder}${name}`),
})

/** A piece of work, its times moved by so many µs. */
export const shifted = (piece: Work, by: number): Work => ({
  ...piece,
  at: piece.at + by,
  ...(piece.from === undefined ? {} : { from: piece.from + by }),
})

/** By window; null where the load is checked as a whole. */
export function addCounts(all: readonly (readonly number[] | null)[]): readonly number[] | null {
  const [first, ...rest] = all.filter(counts => counts !== null)
  return first === undefined
    ? null
    : rest.reduce((sum, counts) => sum.map((n, i) => n + (counts[i] as number)), first)
}

/** What several programs said, as if one had. What one of them did not say is not known of all. */
export function addFacts(all: readonly LoadFacts[]): LoadFacts {
  const sum = (of: (facts: LoadFacts) => number | null): number | null => {
    const values = all.map(of)
    return values.includes(null) ? null : (values as number[]).reduce((a, b) => a + b, 0)
  }
  return {
    dropped: sum(f => f.dropped),
    vuMax: sum(f => f.vuMax),
    vuUsed: sum(f => f.vuUsed),
    checked: sum(f => f.checked),
    wrong: sum(f => f.wrong),
    exitCode: all.length === 1 ? (all[0]?.exitCode ?? null) : null,
    findings: all.flatMap(f => f.findings),
  }
}
