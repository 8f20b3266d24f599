import { addAtLevel } from '../power-model/curve.ts'
import type { CurveUse } from '../power-model/predict.ts'
import { LEVELS } from '../power-model/types.ts'
import { overlap, secondsOf, type Window } from '../time/window.ts'
import type { OnCpu } from './cpu.ts'
import type { AbsentReason } from './integral.ts'

/** CPU of a machine over a window. */
export interface CpuUse {
  /** CPU seconds at work. */
  readonly busySeconds: number
  /** Shares of the machine's CPU time, 0 … 1. */
  readonly utilisation: number
  readonly stealShare: number
  /** For the power model: time at each level of utilisation. */
  readonly curve: CurveUse
}

/** Adds CPU time up over a window; at its edges the part of the bracketing interval that it covers. */
export function cpuIntegral(window: Window): {
  readonly add: OnCpu
  result(): CpuUse | { readonly absent: AbsentReason }
} {
  const atLevel = LEVELS.map(() => 0)
  let busy = 0
  let steal = 0
  let total = 0
  let covered = 0
  let seen = false
  let unknown = false
  return {
    add(from, to, time) {
      seen = true
      const common = overlap(window, from, to)
      if (common <= 0) return
      covered += common
      if (time === null || time.total === 0) {
        unknown = true
        return
      }
      const part = common / (to - from)
      busy += time.busy * part
      steal += time.steal * part
      total += time.total * part
      addAtLevel(atLevel, LEVELS, time.busy / time.total, common / 1e6)
    },
    result() {
      if (!seen) return { absent: 'NO_READINGS' }
      if (covered < window.to - window.from - 1) return { absent: 'EDGE_MISSING' }
      if (unknown) return { absent: 'BROKEN' }
      return {
        busySeconds: busy / 1e6,
        utilisation: busy / total,
        stealShare: steal / total,
        curve: { seconds: secondsOf(window), atLevel },
      }
    },
  }
}
