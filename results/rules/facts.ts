import type { Evidence } from '../../harness/model/evidence.ts'
import type { Finding } from '../../harness/model/finding.ts'
import type { PhaseName } from '../../harness/model/run.ts'

/**
 * What was found out about a run and a rule may judge. Nothing here is a verdict yet. What could not be found out is null; an empty list
 * says that there is nothing of the kind, or that it was not looked at: each rule knows which.
 */
export interface RunFacts {
  readonly aborted: { readonly phase: string; readonly reason: string } | null
  /** Windows by the readings that figures rest on: the recorder's ticks, CPU time, the source of the total. */
  readonly coverages: readonly WindowCoverage[]
  /** The same of the baseline. */
  readonly baseline: readonly WindowCoverage[]
  /** Windows on the machine of a load generator outside of the boundary; null: there is none. */
  readonly outside: readonly WindowCoverage[] | null
  /** Readings in each window, as they were asked for. */
  readonly readings: readonly ReadingCount[]
  readonly clocks: readonly ClockFacts[]
  /** Whether the boot id after the run is another than before. */
  readonly boots: readonly { readonly host: string; readonly changed: boolean | null }[]
  readonly suspended: readonly { readonly host: string; readonly seconds: number | null }[]
  readonly recordings: readonly RecordingFacts[]
  readonly work: WorkFacts
  /** Work of each window beside what was asked for. */
  readonly load: readonly WindowLoad[]
  /** Ends of load programs that are not as they should be, as the run and the reader of the work reported them. */
  readonly badExits: readonly Finding[]
  readonly tool: LoadTool
  /**
   * null: the run was not in pods. looked: they were looked at after the windows. lost: as the run reported it. throttled: of programs that
   * make the load; share of a window, null: not known. lateBy: s from the first window's begin to the first work of the program that began last.
   */
  readonly pods: {
    readonly looked: boolean
    readonly lateBy: number | null
    readonly lost: readonly Finding[]
    readonly throttled: readonly {
      readonly host: string
      readonly service: string
      readonly window: number
      readonly share: number | null
    }[]
  } | null
  /** Share of CPU time stolen in a window; machines of sut and loadgen. */
  readonly steal: readonly {
    readonly host: string
    readonly window: number
    readonly share: number | null
  }[]
  /** Share of CPU time that went to something else than workload and recorder: baseline, idle and windows, by machine. */
  readonly foreign: readonly ForeignShare[]
  /** Hosts of the target that stand on one machine: groups of two and more; null: not every machine is known. */
  readonly sharedKernel: readonly (readonly string[])[] | null
  /** null: the workload has no load generator. */
  readonly loadgen: { readonly host: string; readonly shared: boolean } | null
  /** Of the source that the total is taken from; null: none. */
  readonly evidence: Evidence | null
  /** asPlanned: its phases were as long, and its windows as many, as the plan says. */
  readonly profile: { readonly name: string; readonly ranked: boolean; readonly asPlanned: boolean }
  /** What is not as it was; null: the machines were not looked at before and after. */
  readonly changes:
    | readonly {
        readonly host: string
        readonly fact: string
        readonly before: string
        readonly after: string
      }[]
    | null
  /** Counters of the total's source that were stuck, reset or mirrors, where that touches a window. */
  readonly untrue: readonly { readonly host: string; readonly values: Finding['values'] }[]
  /** Why the power model reaches beyond its data; empty: it does not, or is not used. */
  readonly extrapolated: readonly { readonly host: string; readonly reason: string }[]
}

export interface WindowCoverage {
  readonly host: string
  /** `recorder`, or the id of the collector. */
  readonly collector: string
  readonly window: number
  /** Longest time between readings, in intervals; null: there are no readings. */
  readonly longestIntervals: number | null
  readonly gapSeconds: number
  readonly gapShare: number
  readonly edgesBracketed: boolean
  /** A break of a counter in the window: what happened meanwhile is not known. */
  readonly broken: boolean
}

export interface ReadingCount {
  readonly host: string
  readonly window: number
  readonly perSecond: number
  readonly perWindow: number
}

export interface ClockFacts {
  readonly host: string
  /** Largest |offset| and what its probe leaves in doubt, together; null: the host was never probed. */
  readonly offsetMs: number | null
  readonly stepMs: number | null
}

export interface RecordingFacts {
  readonly host: string
  readonly part: number
  readonly bytes: number
  readonly end: 'stopped' | 'full' | 'died'
  readonly reason: string
  readonly latenessP99Micros: number | null
  /** Time between readings that was asked for, µs. */
  readonly intervalMicros: number
}

export interface WorkFacts {
  /** False: the workload keeps no record (its units come from time). */
  readonly expected: boolean
  /** Why there is none or it can't be read; null: it could. */
  readonly absent: string | null
  /** Units in the windows; null: not known. */
  readonly done: number | null
  readonly failed: number | null
}

export interface WindowLoad {
  readonly window: number
  readonly seconds: number
  /** Units in each tenth of the window, failed ones too; null: not known. */
  readonly tenths: readonly number[] | null
  /** Answers that were checked in it; null: the load was checked as a whole. */
  readonly checked: number | null
  /** null: as fast as it goes. */
  readonly asked: { readonly unitsPerSecond: number; readonly arrivals: 'even' | 'random' } | null
}

/** What the load tool said of itself. */
export interface LoadTool {
  readonly dropped: number | null
  readonly vuUsed: number | null
  readonly vuMax: number | null
  readonly checked: number | null
  readonly wrong: number | null
}

export interface ForeignShare {
  readonly host: string
  readonly phase: PhaseName
  readonly window: number
  readonly share: number | null
}
