import { t95 } from '../statistics/student-t.ts'
import { type Curve, meanOfCurve, sdOfCurve } from './curve.ts'
import {
  type Coefficients,
  type Fit,
  type FitName,
  type Regression,
  THREADS_ORIGIN,
  YEAR_ORIGIN,
} from './types.ts'

/** What is known of the machine under a host. All optional: unknown stays unknown and widens the interval. */
export interface AssumedMachine {
  /** Virtual CPUs of the host that is measured (v); on bare metal its threads. */
  readonly cpus: number
  /** v = T, r = 1, nothing assumed about sharing. */
  readonly bareMetal: boolean
  /** Hardware threads of the machine (T). */
  readonly threads?: number
  /** vCPUs per thread (r ≥ 1). */
  readonly overcommitment?: number
  readonly idleWatts?: number
  readonly fullWatts?: number
  readonly year?: number
}

/** Utilisation of a host over a stretch, laid out over the levels of the curve: all the model needs to know of it. */
export interface CurveUse {
  /** s. */
  readonly seconds: number
  /** Seconds at each level of the curve; a load between two levels counts for both in proportion. Their sum is `seconds`. */
  readonly atLevel: readonly number[]
}

export interface Modelled {
  readonly joules: number
  /** 95 %. */
  readonly range: readonly [number, number]
}

/** Overcommitment when nothing is known: the interval spans it, the figure stands at its geometric middle. */
export const OVERCOMMITMENT = { least: 1, middle: Math.sqrt(3), most: 3 } as const

/** A host's machine with watts filled in: from what was stated, else from the fit. */
export interface Machine {
  readonly curve: Curve
  readonly cpus: number
  /** W per thread, medians. */
  readonly idle: number
  readonly dynamic: number
  /** Standard deviations of ln idle and ln dynamic and their correlation; 0 where watts were stated. */
  readonly idleSd: number
  readonly dynamicSd: number
  readonly correlation: number
  readonly freedom: number
  /** Values of r that the interval spans, and the one of the figure. */
  readonly overcommitment: { readonly least: number; readonly middle: number; readonly most: number }
}

/** Picks the fit that uses everything known; a year or a size outside of the data is taken at its edge. */
export function machineOf(c: Coefficients, assumed: AssumedMachine): Machine {
  const threads = assumed.bareMetal ? assumed.cpus : assumed.threads
  const fit = c.fits[fitName(threads, assumed.year)]
  const line = (r: Regression): number =>
    Math.exp(
      r.intercept +
        r.perYear * (clamp(assumed.year ?? YEAR_ORIGIN, c.years) - YEAR_ORIGIN) +
        r.perDoubling * Math.log2(clamp(threads ?? THREADS_ORIGIN, c.threads) / THREADS_ORIGIN),
    )
  return {
    curve: c,
    cpus: assumed.cpus,
    ...stated({ idle: line(fit.idle), dynamic: line(fit.dynamic) }, fit, assumed, threads),
    freedom: fit.freedom,
    overcommitment: overcommitmentOf(assumed),
  }
}

type Watts = Pick<Machine, 'idle' | 'dynamic' | 'idleSd' | 'dynamicSd' | 'correlation'>

/** Stated watts replace the fitted ones. Watts of a machine can be shared out only when its threads are known too. */
function stated(
  fitted: { readonly idle: number; readonly dynamic: number },
  fit: Fit,
  assumed: AssumedMachine,
  threads: number | undefined,
): Watts {
  const sds = { idleSd: fit.idle.sd, dynamicSd: fit.dynamic.sd, correlation: fit.correlation }
  if (threads === undefined) return { ...fitted, ...sds }
  const idle = assumed.idleWatts === undefined ? undefined : assumed.idleWatts / threads
  const full = assumed.fullWatts === undefined ? undefined : assumed.fullWatts / threads
  if (idle !== undefined && full !== undefined) {
    return { idle, dynamic: Math.max(0, full - idle), idleSd: 0, dynamicSd: 0, correlation: 0 }
  }
  if (idle !== undefined)
    return { idle, dynamic: fitted.dynamic, idleSd: 0, dynamicSd: sds.dynamicSd, correlation: 0 }
  if (full === undefined) return { ...fitted, ...sds }
  // Only full load is stated: split by the fitted share; what idle has too much, dynamic has too little.
  const share = fitted.idle / (fitted.idle + fitted.dynamic)
  const spread = Math.sqrt(
    sds.idleSd ** 2 + sds.dynamicSd ** 2 - 2 * sds.correlation * sds.idleSd * sds.dynamicSd,
  )
  return {
    idle: full * share,
    dynamic: full * (1 - share),
    idleSd: spread * (1 - share),
    dynamicSd: spread * share,
    correlation: -1,
  }
}

/**
 * Energy of a share of a machine: P = v/(T·r)·P_idle + v/T·(P(u) − P_idle), integrated; with watts per thread T cancels.
 * The interval is that of a log-normal figure: relative variances of the two terms and the curve, first order (JCGM 100:2008, 5.2.2),
 * times Student's t, spanned over what overcommitment may be.
 */
export function modelEnergy(machine: Machine, use: CurveUse): Modelled {
  const { least, middle, most } = machine.overcommitment
  return {
    joules: shareEnergy(machine, use, middle),
    range: [
      shareEnergy(machine, use, most) / spread(machine, use, most),
      shareEnergy(machine, use, least) * spread(machine, use, least),
    ],
  }
}

/**
 * Energy above baseline power × time. Idle power and overcommitment are the same in both and cancel; what is left of the model's
 * error is that of dynamic power, fully correlated between the two, and that of the curve by its covariance; to each side they are combined
 * as a root of squares. May be negative.
 */
export function modelAboveBaseline(machine: Machine, window: CurveUse, baseline: CurveUse): Modelled {
  const scale = window.seconds / baseline.seconds
  const use = window.atLevel.map((seconds, i) => seconds - (baseline.atLevel[i] as number) * scale)
  const joules = machine.cpus * machine.dynamic * meanOfCurve(machine.curve, use)
  const factor = Math.exp(t95(machine.freedom) * machine.dynamicSd)
  const reach = t95(machine.freedom) * machine.cpus * machine.dynamic * sdOfCurve(machine.curve, use)
  const [least, most] = [joules * factor, joules / factor].sort((a, b) => a - b) as [number, number]
  return {
    joules,
    range: [joules - Math.hypot(joules - least, reach), joules + Math.hypot(most - joules, reach)],
  }
}

const shareEnergy = (m: Machine, use: CurveUse, r: number): number =>
  m.cpus * ((m.idle / r) * use.seconds + m.dynamic * meanOfCurve(m.curve, use.atLevel))

function spread(m: Machine, use: CurveUse, r: number): number {
  const idle = (m.idle / r) * use.seconds
  const dynamic = m.dynamic * meanOfCurve(m.curve, use.atLevel)
  if (idle + dynamic <= 0) return 1
  const variance =
    (idle * m.idleSd) ** 2 +
    (dynamic * m.dynamicSd) ** 2 +
    2 * m.correlation * idle * m.idleSd * dynamic * m.dynamicSd +
    (m.dynamic * sdOfCurve(m.curve, use.atLevel)) ** 2
  return Math.exp((t95(m.freedom) * Math.sqrt(Math.max(0, variance))) / (idle + dynamic))
}

function fitName(threads: number | undefined, year: number | undefined): FitName {
  if (threads === undefined) return year === undefined ? 'nothing' : 'year'
  return year === undefined ? 'threads' : 'threads+year'
}

function overcommitmentOf(assumed: AssumedMachine): Machine['overcommitment'] {
  const known = assumed.bareMetal ? 1 : assumed.overcommitment
  return known === undefined ? OVERCOMMITMENT : { least: known, middle: known, most: known }
}

const clamp = (value: number, [low, high]: readonly [number, number]): number =>
  Math.min(high, Math.max(low, value))
