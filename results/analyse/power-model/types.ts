/**
 * What is fitted to the table of published SPECpower_ssj2008 results (docs/power-model.md). Watts are wall AC of a whole machine, per
 * hardware thread; logarithms are natural.
 */
export interface Coefficients {
  readonly schema: 'joulemark/power-model/1'
  /** SHA-256 of the table the fit was made from, hex. */
  readonly table: string
  /** Years of the hardware in the fit, both inclusive: the newest ten of the table. */
  readonly years: readonly [number, number]
  /** Threads of a machine in the fit. */
  readonly threads: readonly [number, number]
  readonly results: number
  /** CPU models in the fit; each has the same weight, however many results it has. */
  readonly cpuModels: number
  /** Load levels of the curve, 0 … 1, ascending. */
  readonly levels: readonly number[]
  /** g(u) = (P(u) − P(0)) / (P(1) − P(0)) at the levels: mean over CPU models. */
  readonly shape: readonly number[]
  /** Covariance of g between the levels over CPU models. */
  readonly shapeCovariance: readonly (readonly number[])[]
  /** One fit per set of what is known about the machine. */
  readonly fits: Readonly<Record<FitName, Fit>>
}

/** What is known about the machine beside its utilisation. */
export type FitName = 'nothing' | 'year' | 'threads' | 'threads+year'

export interface Fit {
  /** ln(idle watts per thread). */
  readonly idle: Regression
  /** ln((full − idle) watts per thread). */
  readonly dynamic: Regression
  /** Correlation of the residuals of the two. */
  readonly correlation: number
  /** CPU models less parameters: degrees of freedom of the t factor. */
  readonly freedom: number
}

/** intercept + perYear·(year − YEAR_ORIGIN) + perDoubling·log2(threads / THREADS_ORIGIN); 0 where it is not in the fit. */
export interface Regression {
  readonly intercept: number
  readonly perYear: number
  readonly perDoubling: number
  /** Standard deviation of a new machine about the line, the line's own uncertainty included. */
  readonly sd: number
}

export const YEAR_ORIGIN = 2018
export const THREADS_ORIGIN = 64
/** SPECpower's levels: active idle and 10 … 100 %. */
export const LEVELS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const

/**
 * s. Time over which utilisation is averaged before the curve is applied: far longer than the interval of any collector, far shorter than a
 * window. The levels of the curve are themselves means over minutes of bursty load.
 */
export const CURVE_SPAN = 10

/** A published result, per machine (nodes are taken apart) and thread. */
export interface Published {
  /** CPU model, normalised: results of one model are one group. */
  readonly cpu: string
  readonly year: number
  /** Hardware threads of one node. */
  readonly threads: number
  /** Watts per thread at LEVELS. */
  readonly watts: readonly number[]
}
