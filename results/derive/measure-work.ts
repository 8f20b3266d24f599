import type { WindowWork } from '../../harness/model/result.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import type { LoadFacts, WorkFiles, Workload } from '../../harness/model/workload.ts'
import type { HostClock } from '../analyse/time/host-clock.ts'
import { logHistogram } from '../analyse/work/log-histogram.ts'
import { workSum } from '../analyse/work/window-work.ts'
import type { RunArchive } from '../archive/archive.ts'
import type { RunFiles } from './read-run.ts'

/** What the load left. */
export interface WorkMeasure {
  /** One per window; null: no record of work. */
  readonly windows: readonly (WindowWork | null)[]
  /** Latency that 95 % of the work of all windows was done within, µs. */
  readonly latencyP95: number | null
  readonly load: LoadFacts | null
  /** False: units come from time alone. */
  readonly expected: boolean
  /** Why the record can't be read; null: it could. */
  readonly absent: string | null
}

/**
 * Reads the evidence of work once. A reader that fails is a finding, not an error: the rest of the run stands.
 * @param o.clock of the host that stamps the work; null: not known, so no piece of work can be put into a window
 */
export async function measureWork(
  run: RunArchive,
  files: RunFiles,
  o: {
    readonly workload: Workload
    readonly windows: readonly PhaseRecord[]
    readonly clock: HostClock | null
  },
): Promise<WorkMeasure> {
  const perSecond = o.workload.unitsPerSecond
  if (perSecond !== undefined) return fromTime(o.windows, perSecond)
  const work = workFiles(run, files)
  if (o.clock === null) return noWork(o.windows, 'the clock of the host that stamps it was not probed')
  if (work.names.length === 0) return noWork(o.windows, 'there is no file of it')
  const pooled = logHistogram()
  const { clock } = o
  const sums = o.windows.map(w => workSum({ from: clock.toWall(w.start), to: clock.toWall(w.end) }, pooled))
  try {
    for await (const pieces of o.workload.reader.work(work)) {
      for (const piece of pieces) for (const sum of sums) sum.add(piece)
    }
    const results = sums.map(sum => sum.result())
    return {
      windows: results,
      latencyP95: pooled.n === 0 ? null : pooled.quantile(0.95),
      load: await o.workload.reader.facts(work, files.record.loadExit),
      expected: true,
      absent: results.includes(null) ? 'work that reaches into a window left no end' : null,
    }
  } catch (error) {
    return noWork(o.windows, error instanceof Error ? error.message : String(error))
  }
}

function fromTime(windows: readonly PhaseRecord[], perSecond: number): WorkMeasure {
  const units = (w: PhaseRecord): number => ((w.end - w.start) / 1e6) * perSecond
  return {
    windows: windows.map(w => ({ units: units(w), failed: 0, latency: null })),
    latencyP95: null,
    load: null,
    expected: false,
    absent: null,
  }
}

const noWork = (windows: readonly PhaseRecord[], reason: string): WorkMeasure => ({
  windows: windows.map(() => null),
  latencyP95: null,
  load: null,
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
