import type { Evidence } from '../../harness/model/evidence.ts'
import type { Json } from '../../harness/model/json.ts'
import type { Estimate } from '../../harness/model/result.ts'
import type { Part } from '../analyse/statistics/uncertainty.ts'

/** A part of a key in which two groups differ. Paths into objects are joined with dots: `params.rate`. */
export interface Difference {
  readonly part: string
  /** null: the side does not have the part. */
  readonly a: Json
  readonly b: Json
}

/** One side: all counted runs of one workload on one target in one campaign. */
export interface Side {
  /** As handed in, e.g. the folder's name. */
  readonly name: string
  readonly target: string
  readonly evidence: Evidence | null
  readonly verdict: 'valid' | 'unranked' | 'invalid' | 'skipped'
  readonly n: number
  readonly energyPerUnit: Estimate
  readonly energyPerUnitAboveBaseline: Estimate
  readonly power: Estimate
  readonly rate: Estimate
  readonly cpuUtilisation: Estimate
}

/**
 * How far a comparison may go: `side-by-side`: the boundary keys differ, no ratio and no verdict; `no-figure`: a side has no energy
 * figure; `observation`: a side has one run; `too-few`: a side has fewer than 6 ("no verdict: n of 6"); `unranked`: ratio and interval,
 * no verdict; `instrument-unknown`: ratio and interval, but how wrong an instrument is, or a share of a machine, is not known on a side,
 * so that the difference may be one of instruments; `verdict`: there is one.
 */
export type Standing =
  | 'side-by-side'
  | 'no-figure'
  | 'observation'
  | 'too-few'
  | 'unranked'
  | 'instrument-unknown'
  | 'verdict'

export type Verdict = 'a-uses-less' | 'b-uses-less' | 'no-difference-shown'

/** Two sides with equal work keys. */
export interface Pair {
  readonly workload: string
  readonly functionalUnit: string
  readonly a: Side
  readonly b: Side
  readonly boundaryDifferences: readonly Difference[]
  /** Programs of the workload, and Joulemark itself, whose versions differ: in no key, and a reason why figures may differ. */
  readonly programDifferences: readonly Difference[]
  readonly standing: Standing
  /** A side is unranked: said beside an observation too. */
  readonly unranked: boolean
  /** Energy per unit of b over that of a; null: may not or can't be said, as of fewer than six figures of a model. */
  readonly ratio: number | null
  /**
   * Where a side's figures are only known within ranges (a model) and six runs are not there: least and greatest ratio of figures within
   * them. null: otherwise, or when a range reaches down to 0.
   */
  readonly range: readonly [number, number] | null
  /** 95 %; null below 6 runs a side. */
  readonly interval: readonly [number, number] | null
  /** What the interval covers; parts that are none on both sides are not named. Empty: there is no interval. */
  readonly covers: readonly Part[]
  /** Parts not known on a side, which the interval does not cover. */
  readonly unknown: readonly Part[]
  /** Both sides were measured on the same machines by the same source, so that part of its error is in both: known only within one campaign. */
  readonly sameInstrument: boolean
  readonly verdict: Verdict | null
  /** As people read it: `observation`, `no verdict: 4 of 6`, `no verdict: error of the instrument not known`, `unranked`, … */
  readonly words: string
}

/** Two groups of the same name whose work keys differ: they must not be compared. */
export interface Refusal {
  readonly workload: string
  readonly a: { readonly name: string; readonly target: string }
  readonly b: { readonly name: string; readonly target: string }
  readonly differences: readonly Difference[]
}

export interface Comparison {
  readonly schema: 'joulemark/comparison/1'
  readonly campaigns: readonly {
    readonly name: string
    readonly id: string
    readonly title: string
    readonly tool: string
    readonly planDigest: string
  }[]
  /** True: exit 3. Some work keys differ, or no workload is in all campaigns. */
  readonly refused: boolean
  readonly refusals: readonly Refusal[]
  /** Workloads that a campaign does not have. */
  readonly missing: readonly { readonly workload: string; readonly name: string }[]
  /** What may stand side by side; every campaign against the first. */
  readonly pairs: readonly Pair[]
}
