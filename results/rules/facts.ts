import type { Evidence } from '../../harness/model/evidence.ts'
import type { Finding } from '../../harness/model/finding.ts'

/** What was found out about a run and a rule may judge. Nothing here is a verdict yet. Absent values are null or not listed. */
export interface RunFacts {
  readonly aborted: { readonly phase: string; readonly reason: string } | null
  /** Windows by the readings that figures rest on: the recorder's ticks, CPU time, the source of the total. */
  readonly coverages: readonly WindowCoverage[]
  readonly clocks: readonly ClockFacts[]
  /** Hosts whose boot id after the run is not the one before. */
  readonly bootChanged: readonly string[]
  readonly suspended: readonly { readonly host: string; readonly seconds: number }[]
  readonly recordings: readonly RecordingFacts[]
  readonly work: WorkFacts
  /** Ends of load programs that are not as they should be, as the run and the reader of the work reported them. */
  readonly badExits: readonly Finding[]
  readonly load: LoadEnd
  /** Share of CPU time stolen in a window; machines of sut and loadgen. */
  readonly steal: readonly { readonly host: string; readonly window: number; readonly share: number }[]
  /** Hosts of the target that stand on one machine: groups of two and more. */
  readonly sharedKernel: readonly (readonly string[])[]
  /** Host of a load generator that runs on the machine that is measured; null: it does not. */
  readonly sharedLoadgen: string | null
  /** Of the source that the total is taken from; null: none. */
  readonly evidence: Evidence | null
  readonly profile: { readonly name: string; readonly ranked: boolean }
  readonly changes: readonly {
    readonly host: string
    readonly fact: string
    readonly before: string
    readonly after: string
  }[]
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

export interface ClockFacts {
  readonly host: string
  /** null: the host was never probed. */
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

export interface LoadEnd {
  readonly dropped: number | null
  readonly vuUsed: number | null
  readonly vuMax: number | null
  readonly checked: number | null
  readonly wrong: number | null
}
