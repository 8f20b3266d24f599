import { addAtLevel } from '../power-model/curve.ts'
import type { CurveUse } from '../power-model/predict.ts'
import { CURVE_SPAN, LEVELS } from '../power-model/types.ts'
import { overlap, secondsOf, type Window } from '../time/window.ts'
import type { CpuTime, OnCpu } from './cpu.ts'
import type { AbsentReason } from './integral.ts'

/** CPU of a machine over a window. */
export interface CpuUse {
  /** CPU seconds at work. */
  readonly busySeconds: number
  /** CPU seconds there were: CPUs × time, but for time in which the machine stood still. */
  readonly totalSeconds: number
  /** Shares of the machine's CPU time, 0 … 1. */
  readonly utilisation: number
  readonly stealShare: number
  /** For the power model: time at each level of utilisation. */
  readonly curve: CurveUse
}

/**
 * Adds CPU time up over a window; at its edges the part of the bracketing interval that it covers. The curve of the power model is applied
 * to the utilisation of spans (curveSpans), not of readings: it is concave, so that its mean would follow the rate of the collector.
 */
export function cpuIntegral(window: Window): {
  readonly add: OnCpu
  result(): CpuUse | { readonly absent: AbsentReason }
} {
  const spans = curveSpans(window).map(span => ({ ...span, ...NO_TIME }))
  const sum = { ...NO_TIME }
  let covered = 0
  let seen = false
  let unknown = false
  let at = 0
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
      addPart(sum, time, common / (to - from))
      // Time goes forward: spans that ended before this interval are not looked at again.
      while (at < spans.length - 1 && (spans[at] as Window).to <= from) at++
      for (let i = at; i < spans.length && (spans[i] as Window).from < to; i++) {
        const span = spans[i] as Span
        addPart(span, time, overlap(span, from, to) / (to - from))
      }
    },
    result() {
      if (!seen) return { absent: 'NO_READINGS' }
      if (covered < window.to - window.from - 1) return { absent: 'EDGE_MISSING' }
      if (unknown) return { absent: 'BROKEN' }
      return {
        busySeconds: sum.busy / 1e6,
        totalSeconds: sum.total / 1e6,
        utilisation: sum.busy / sum.total,
        stealShare: sum.steal / sum.total,
        curve: { seconds: secondsOf(window), atLevel: levelsOf(spans) },
      }
    },
  }
}

type Sum = { -readonly [part in keyof CpuTime]: number }
type Span = Window & Sum
const NO_TIME: CpuTime = { busy: 0, steal: 0, total: 0 }

function addPart(sum: Sum, time: CpuTime, part: number): void {
  sum.busy += time.busy * part
  sum.steal += time.steal * part
  sum.total += time.total * part
}

function levelsOf(spans: readonly Span[]): number[] {
  const atLevel = LEVELS.map(() => 0)
  for (const span of spans) addAtLevel(atLevel, LEVELS, span.busy / span.total, secondsOf(span))
  return atLevel
}

/**
 * A window as equal spans of about CURVE_SPAN: one for each whole one that it holds and one more for a rest above a tenth of one, so that
 * an edge moved by a few ms changes nothing; a shorter window is one span.
 */
export function curveSpans(window: Window): Window[] {
  const length = window.to - window.from
  const count = Math.max(1, Math.ceil(length / (CURVE_SPAN * 1e6) - 0.1))
  const edge = (i: number): number => (i === count ? window.to : window.from + (length * i) / count)
  return Array.from({ length: count }, (_, i) => ({ from: edge(i), to: edge(i + 1) }))
}
