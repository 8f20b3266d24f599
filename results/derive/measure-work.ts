import type { PlannedWorkload } from '../../harness/model/plan.ts'
import type { WindowWork } from '../../harness/model/result.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import type {
  AskedLoad,
  LoadFacts,
  Work,
  WorkFiles,
  Workload,
  WorkReader,
} from '../../harness/model/workload.ts'
import type { HostClock } from '../analyse/time/host-clock.ts'
import type { Window } from '../analyse/time/window.ts'
import { logHistogram } from '../analyse/work/log-histogram.ts'
import { tenthsOf } from '../analyse/work/tenths.ts'
import { workSum } from '../analyse/work/window-work.ts'
import type { RunArchive } from '../archive/archive.ts'
import { addCounts, addFacts, loadPrograms, shifted } from './load-programs.ts'
import type { RunFiles } from './read-run.ts'

/** What the load left. */
export interface WorkMeasure {
  /** One per window; null: no record of work. */
  readonly windows: readonly (WindowWork | null)[]
  /** From the first piece of work of the first load program to that of the last, s; null: there is one program at most. */
  readonly startSpread: number | null
  /** By how much it may be wrong for what is not known of clocks, s; null: there is no spread. */
  readonly startDoubt: number | null
  /** s by which the program that began last was late for the first window; negative: it was in time. null: not known. */
  readonly lateBy: number | null
  /** Units in each tenth of each window, failed ones too; null: no record of work. */
  readonly tenths: readonly (readonly number[] | null)[]
  /** Answers that were checked, by window; null: the load was checked as a whole. */
  readonly checked: readonly number[] | null
  /** Latency that 95 % of the work of all windows was done within, µs. */
  readonly latencyP95: number | null
  readonly load: LoadFacts | null
  /** null: as fast as it goes. */
  readonly asked: AskedLoad | null
  /** False: units come from time alone. */
  readonly expected: boolean
  /** Why the record can't be read; null: it could. */
  readonly absent: string | null
}

/**
 * Reads the evidence of work once. A reader that fails is a finding, not an error: the rest of the run stands.
 * @param o.clock of the host that stamps the work; null: not known, so no piece of work can be put into a window
 * @param o.clockOf of any host: where several programs made the load, each is stamped by its own
 */
export async function measureWork(
  run: RunArchive,
  files: RunFiles,
  o: {
    readonly workload: Workload
    readonly params: PlannedWorkload['params']
    readonly windows: readonly PhaseRecord[]
    readonly clock: HostClock | null
    readonly clockOf: (host: string) => HostClock | null
  },
): Promise<WorkMeasure> {
  const perSecond = o.workload.unitsPerSecond
  if (perSecond !== undefined) return fromTime(o.windows, perSecond)
  const work = workFiles(run, files)
  if (o.clock === null) return noWork(o, 'the clock of the host that stamps it was not probed')
  if (work.names.length === 0) return noWork(o, 'there is no file of it')
  const programs = loadPrograms(files.record, work, o.clock, o.clockOf)
  if (programs === null) return noWork(o, 'the clock of a host that stamps a part of it was not probed')
  const pooled = logHistogram()
  const { reader } = o.workload
  const { clock } = o
  // In the time of one clock; the pieces of the others are brought to it.
  const windows = o.windows.map(w => ({ from: clock.toWall(w.start), to: clock.toWall(w.end) }))
  const sums = windows.map(w => workSum(w, pooled))
  const tenths = windows.map(tenthsOf)
  const all = [...sums, ...tenths]
  try {
    const checked: (readonly number[] | null)[] = []
    const loads: LoadFacts[] = []
    const begins: number[] = []
    for (const program of programs) {
      const shift = apart(clock, program.clock, o.windows)
      let begin = Number.POSITIVE_INFINITY
      for await (const pieces of reader.work(program.files)) {
        for (const piece of pieces) {
          const here = shift === 0 ? piece : shifted(piece, shift)
          begin = Math.min(begin, beginOf(here))
          for (const sum of all) sum.add(here)
        }
      }
      begins.push(begin)
      const own = windows.map(({ from, to }) => ({ from: from - shift, to: to - shift }))
      checked.push(await checkedIn(own, reader, program.files))
      loads.push(await reader.facts(program.files, program.exit))
    }
    const results = sums.map(sum => sum.result())
    return {
      windows: results,
      startSpread: spreadOf(begins),
      startDoubt: doubtOf(clock, programs, o.windows),
      lateBy: lateBy(begins, windows),
      tenths: tenths.map(tenth => tenth.result()),
      checked: addCounts(checked),
      latencyP95: pooled.n === 0 ? null : pooled.quantile(0.95),
      asked: askedOf(o),
      load: addFacts(loads),
      expected: true,
      absent: results.includes(null) ? 'work that reaches into a window left no end' : null,
    }
  } catch (error) {
    return noWork(o, error instanceof Error ? error.message : String(error))
  }
}

/** When a piece of work began: its start where it is told, else its end less what it took. */
const beginOf = ({ at, from, latency }: Work): number => from ?? at - (latency ?? 0)

function spreadOf(begins: readonly number[]): number | null {
  if (begins.length < 2 || !begins.every(Number.isFinite)) return null
  return (Math.max(...begins) - Math.min(...begins)) / 1e6
}

/** Programs on one clock are in no doubt; that of any other is its own, and that of the one which it is brought to. */
function doubtOf(
  clock: HostClock,
  programs: readonly { readonly clock: HostClock }[],
  [window]: readonly PhaseRecord[],
): number | null {
  if (programs.length < 2 || window === undefined) return null
  const [first] = programs
  if (programs.every(program => program.clock === first?.clock)) return 0
  const doubts = programs.map(program =>
    program.clock === clock ? 0 : program.clock.uncertainty(window.start) + clock.uncertainty(window.start),
  )
  return (2 * Math.max(...doubts)) / 1e6
}

/** s from the first window's begin to the first piece of work of the program that began last; negative: all began before. */
function lateBy(begins: readonly number[], [first]: readonly Window[]): number | null {
  if (first === undefined || begins.length === 0 || !begins.every(Number.isFinite)) return null
  return (Math.max(...begins) - first.from) / 1e6
}

/** µs by which one clock is ahead of another in the windows. */
const apart = (one: HostClock, other: HostClock, [window]: readonly PhaseRecord[]): number =>
  window === undefined || one === other ? 0 : one.toWall(window.start) - other.toWall(window.start)

/** A check counts for every window that its piece of work reaches into. */
async function checkedIn(
  windows: readonly Window[],
  reader: WorkReader,
  files: WorkFiles,
): Promise<readonly number[] | null> {
  if (reader.checks === undefined) return null
  const counts = windows.map(() => 0)
  for await (const checks of reader.checks(files)) {
    for (const { from, at } of checks) {
      for (const [i, window] of windows.entries())
        if (at >= window.from && (from ?? at) < window.to) counts[i] = (counts[i] as number) + 1
    }
  }
  return counts
}

function fromTime(windows: readonly PhaseRecord[], perSecond: number): WorkMeasure {
  const units = (w: PhaseRecord): number => ((w.end - w.start) / 1e6) * perSecond
  return {
    startSpread: null,
    startDoubt: null,
    lateBy: null,
    windows: windows.map(w => ({ units: units(w), failed: 0, latency: null })),
    tenths: windows.map(() => null),
    checked: null,
    latencyP95: null,
    load: null,
    asked: null,
    expected: false,
    absent: null,
  }
}

interface Asked {
  readonly workload: Workload
  readonly params: PlannedWorkload['params']
  readonly windows: readonly PhaseRecord[]
}

/** @throws ZodError for parameters that this version of the workload does not take */
const askedOf = ({ workload, params }: Omit<Asked, 'windows'>): AskedLoad | null =>
  workload.asked?.(workload.params.parse(params)) ?? null

const noWork = ({ windows, ...o }: Asked, reason: string): WorkMeasure => ({
  windows: windows.map(() => null),
  startSpread: null,
  startDoubt: null,
  lateBy: null,
  tenths: windows.map(() => null),
  checked: null,
  latencyP95: null,
  load: null,
  asked: askedOf(o),
  expected: true,
  absent: reason,
})

/** Names without the folder and without .gz, as the workload gave them. */
function workFiles(run: RunArchive, files: RunFiles): WorkFiles {
  const paths = new Map(files.record.workFiles.map(path => [workName(path), workPath(path)]))
  return {
    names: [...paths.keys()],
    open(name) {
      const path = paths.get(name)
      if (path === undefined) throw new Error(`there is no work file ${name}`)
      return run.read(path)
    },
  }
}

const workPath = (path: string): string => (path.startsWith('work/') ? path : `work/${path}`)
const workName = (path: string): string => workPath(path).slice('work/'.length)
