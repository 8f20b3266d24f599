import type { Fit } from './types.ts'

/**
 * Relative standard uncertainty of watts that somebody states: nobody says how they were found. Published results of machines with one CPU
 * model and equal threads differ by 23 % at idle and 8 % at full load (pooled standard deviation of ln W, 29 such models, 160 degrees of
 * freedom; table of docs/power-model.md): watts stated for one machine are no better known for another one like it.
 */
export const STATED_SD = { idle: 0.2, full: 0.1 } as const

/** Watts of a machine per thread, medians, and how well they are known. */
export interface Watts {
  readonly idle: number
  readonly dynamic: number
  /** Standard deviations of ln idle and ln dynamic and their correlation. */
  readonly idleSd: number
  readonly dynamicSd: number
  readonly correlation: number
}

/** W of a whole machine, where somebody states them. */
export interface StatedWatts {
  readonly idleWatts?: number
  readonly fullWatts?: number
}

/** W per thread. */
interface Fitted {
  readonly idle: number
  readonly dynamic: number
}

/**
 * Watts per thread: stated ones replace the fitted ones. Watts of a machine can be shared out only when its threads are known too.
 * @param threads of the machine; undefined: not known
 */
export function wattsOf(fitted: Fitted, fit: Fit, assumed: StatedWatts, threads: number | undefined): Watts {
  const asFitted = {
    ...fitted,
    idleSd: fit.idle.sd,
    dynamicSd: fit.dynamic.sd,
    correlation: fit.correlation,
  }
  if (threads === undefined) return asFitted
  const idle = assumed.idleWatts === undefined ? undefined : assumed.idleWatts / threads
  const full = assumed.fullWatts === undefined ? undefined : assumed.fullWatts / threads
  if (idle !== undefined && full !== undefined) return bothStated(idle, full)
  if (idle !== undefined) return { ...asFitted, idle, idleSd: STATED_SD.idle, correlation: 0 }
  return full === undefined ? asFitted : fullStated(full, asFitted)
}

/** Dynamic watts are the difference of two stated figures, taken as independent (JCGM 100:2008, 5.1.2). */
function bothStated(idle: number, full: number): Watts {
  const dynamic = Math.max(0, full - idle)
  if (dynamic === 0) return { idle, dynamic, idleSd: STATED_SD.idle, dynamicSd: 0, correlation: 0 }
  const [uIdle, uFull] = [STATED_SD.idle * idle, STATED_SD.full * full]
  const uDynamic = Math.hypot(uIdle, uFull)
  return {
    idle,
    dynamic,
    idleSd: STATED_SD.idle,
    dynamicSd: uDynamic / dynamic,
    correlation: -uIdle / uDynamic,
  }
}

/** Only full load is stated: split by the fitted share; what idle has too much, dynamic has too little, and both have the error of the whole. */
function fullStated(full: number, fitted: Watts): Watts {
  const share = fitted.idle / (fitted.idle + fitted.dynamic)
  const split =
    fitted.idleSd ** 2 + fitted.dynamicSd ** 2 - 2 * fitted.correlation * fitted.idleSd * fitted.dynamicSd
  const whole = STATED_SD.full ** 2
  const idleSd = Math.sqrt(split * (1 - share) ** 2 + whole)
  const dynamicSd = Math.sqrt(split * share ** 2 + whole)
  return {
    idle: full * share,
    dynamic: full * (1 - share),
    idleSd,
    dynamicSd,
    correlation: (whole - split * share * (1 - share)) / (idleSd * dynamicSd),
  }
}
