import { t95 } from '../statistics/student-t.ts'
import { type Curve, meanOfCurve, sdOfCurve } from './curve.ts'
import { type StatedWatts, type Watts, wattsOf } from './stated-watts.ts'
import { type Coefficients, type FitName, type Regression, THREADS_ORIGIN, YEAR_ORIGIN } from './types.ts'

/** What is known of the machine under a host. All optional: unknown stays unknown and widens the interval. */
export interface AssumedMachine extends StatedWatts {
  /** Virtual CPUs of the host that is measured (v); on bare metal its threads. */
  readonly cpus: number
  /** v = T, r = 1, nothing assumed about sharing. */
  readonly bareMetal: boolean
  /** Hardware threads of the machine (T). */
  readonly threads?: number
  /** vCPUs per thread (r ≥ 1). */
  readonly overcommitment?: number
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
export interface Machine extends Watts {
  readonly curve: Curve
  readonly cpus: number
  /** false: a share of a machine whose other load is not known. */
  readonly bareMetal: boolean
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
    bareMetal: assumed.bareMetal,
    ...wattsOf({ idle: line(fit.idle), dynamic: line(fit.dynamic) }, fit, assumed, threads),
    freedom: fit.freedom,
    overcommitment: overcommitmentOf(assumed),
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
 * as a root of squares. On bare metal the baseline is taken as going on unchanged. In a virtual machine the range is the hull over what
 * is not known there (differences). May be negative.
 */
export function modelAboveBaseline(machine: Machine, window: CurveUse, baseline: CurveUse): Modelled {
  const scale = window.seconds / baseline.seconds
  const own = above(window, baseline, scale)
  const ranges = (machine.bareMetal ? [own] : [own, ...differences(machine, window, baseline)]).map(use =>
    dynamicRange(machine, use),
  )
  return {
    joules: dynamicEnergy(machine, own),
    range: [Math.min(...ranges.map(r => r[0])), Math.max(...ranges.map(r => r[1]))],
  }
}

const above = (window: CurveUse, baseline: CurveUse, scale: number): number[] =>
  window.atLevel.map((seconds, i) => seconds - (baseline.atLevel[i] as number) * scale)

/**
 * Uses of the curve that energy above baseline may stand for in a virtual machine. Two things are not known there. What ran in the
 * baseline may have stopped in the window or grown to twice as much: load above baseline is X = D … D − 2·B, with D = ∫u dt and B that of
 * the baseline in the same time. And neighbours decide where on the curve the machine below works: X costs X·g′(U) at any U from 0 to 1,
 * which is the slope of any segment of the curve.
 */
function differences({ curve }: Machine, window: CurveUse, baseline: CurveUse): number[][] {
  const scale = window.seconds / baseline.seconds
  const load = (use: CurveUse): number =>
    use.atLevel.reduce((sum, seconds, i) => sum + seconds * (curve.levels[i] as number), 0)
  const loads = [load(window), load(window) - 2 * scale * load(baseline)]
  const segments = curve.levels.slice(1).map((_, i) => i)
  return [
    ...[0, 2 * scale].map(s => above(window, baseline, s)),
    ...loads.flatMap(x => segments.map(i => slopeOf(curve.levels, i, x))),
  ]
}

/** x·g′ on segment i of the curve, as seconds at its two levels. */
const slopeOf = (levels: readonly number[], i: number, x: number): number[] => {
  const seconds = x / ((levels[i + 1] as number) - (levels[i] as number))
  return levels.map((_, level) => (level === i ? -seconds : level === i + 1 ? seconds : 0))
}

const dynamicEnergy = (m: Machine, use: readonly number[]): number =>
  m.cpus * m.dynamic * meanOfCurve(m.curve, use)

function dynamicRange(m: Machine, use: readonly number[]): readonly [number, number] {
  const joules = dynamicEnergy(m, use)
  const factor = Math.exp(t95(m.freedom) * m.dynamicSd)
  const reach = t95(m.freedom) * m.cpus * m.dynamic * sdOfCurve(m.curve, use)
  const [least, most] = [joules * factor, joules / factor].sort((a, b) => a - b) as [number, number]
  return [joules - Math.hypot(joules - least, reach), joules + Math.hypot(most - joules, reach)]
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
