import type { ClockFacts } from '../rules/rules.ts'
import type { HostMeasure } from './measure-host.ts'

/** Steps of the wall clock as the recordings and the probes saw them, the worst of all; a step of the controller counts, too. */
export function clockFacts({ host, clock, recordings }: HostMeasure): ClockFacts {
  const recorded = recordings.map(r => Math.max(0, r.measure.ticks.wallStep - r.resolution) / 1000)
  if (clock === null)
    return { host, offsetMs: null, stepMs: recorded.length === 0 ? null : Math.max(...recorded) }
  const steps = [Math.abs(clock.stepMs), Math.abs(clock.controllerStepMs), ...recorded]
  return { host, offsetMs: clock.offsetMs, stepMs: Math.max(...steps) }
}

/**
 * How far the edges of a phase may lie from where they are taken to be, s: what the probes leave in doubt at the worse edge, and whatever
 * the clocks stepped, for work is stamped with the one clock and energy with the other. null: the clocks were never probed.
 */
export function edgeSeconds(
  measure: HostMeasure,
  phase: { readonly start: number; readonly end: number },
): number | null {
  const { clock } = measure
  if (clock === null) return null
  const doubt = Math.max(clock.uncertainty(phase.start), clock.uncertainty(phase.end)) / 1e6
  return doubt + (clockFacts(measure).stepMs ?? Number.NaN) / 1000
}
