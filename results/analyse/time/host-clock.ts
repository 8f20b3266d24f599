import type { ClockProbe } from '../../../harness/model/target.ts'

/** A host's clocks as the controller sees them; times are µs. */
export interface HostClock {
  /** CLOCK_BOOTTIME of the host at a time of the controller. */
  toMono(at: number): number
  /** CLOCK_REALTIME of the host at a time of the controller. */
  toWall(at: number): number
  /** Half the round trip of the worse of the probes on either side of a time: the true time is within ± this, µs. */
  uncertainty(at: number): number
  /** Largest |host − controller| of the wall clock that may be, ms: what a probe says, and what it leaves in doubt. */
  readonly offsetMs: number
  /** Largest change of wall − boot between probes, ms, with its sign: a step of the host's wall clock. */
  readonly stepMs: number
  /** Largest change of boot − controller between probes that follow one another, beyond their doubt, ms: the controller stepped. */
  readonly controllerStepMs: number
}

/** Probes within this time of one another are one group, of which the one with the shortest round trip counts (RFC 5905, 10). */
const GROUP_MICROS = 10_000_000

/**
 * Aligns a host with the controller. Between groups of probes the offset is linear, before the first and after the last it is
 * constant. The boot clock is aligned directly, so a step of the host's wall clock moves no window.
 * @returns null when there is no probe: then nothing can be aligned
 */
export function hostClock(probes: readonly ClockProbe[]): HostClock | null {
  const points = bestOfGroups(probes)
  const first = points[0]
  if (first === undefined) return null
  return {
    toMono: at => at + between(points, at, p => p.boot - p.at),
    toWall: at => at + between(points, at, p => p.offset),
    uncertainty: at => Math.max(...beside(points, at).map(p => p.uncertainty)),
    offsetMs: Math.max(...points.map(p => Math.abs(p.offset) + p.uncertainty)) / 1000,
    stepMs: largestStep(points, p => p.wall - p.boot),
    controllerStepMs: largestStep(points, p => p.boot - p.at, 1),
  }
}

function bestOfGroups(probes: readonly ClockProbe[]): ClockProbe[] {
  const best: ClockProbe[] = []
  let groupStart = Number.NEGATIVE_INFINITY
  for (const probe of [...probes].sort((a, b) => a.at - b.at)) {
    if (probe.at - groupStart > GROUP_MICROS) {
      groupStart = probe.at
      best.push(probe)
    } else if (probe.uncertainty < (best.at(-1) as ClockProbe).uncertainty) best[best.length - 1] = probe
  }
  return best
}

function between(points: readonly ClockProbe[], at: number, of: (p: ClockProbe) => number): number {
  const right = points.find(p => p.at >= at)
  const left = points.findLast(p => p.at <= at)
  if (left === undefined || right === undefined) return of((left ?? right) as ClockProbe)
  if (left === right || left.at === right.at) return of(left)
  return of(left) + ((at - left.at) / (right.at - left.at)) * (of(right) - of(left))
}

/** The last probe before a time and the first after it; outside of all of them the one there is. */
const beside = (points: readonly ClockProbe[], at: number): ClockProbe[] =>
  [points.findLast(p => p.at <= at), points.find(p => p.at >= at)].filter(p => p !== undefined)

/** Largest change between one point and the next, less `doubts` × the uncertainty of each; ms, signed. */
function largestStep(points: readonly ClockProbe[], of: (p: ClockProbe) => number, doubts = 0): number {
  let largest = 0
  for (const [i, point] of points.entries()) {
    const before = points[i - 1]
    if (before === undefined) continue
    const step = of(point) - of(before)
    const sure = Math.max(0, Math.abs(step) - doubts * (point.uncertainty + before.uncertainty))
    if (sure > Math.abs(largest)) largest = Math.sign(step) * sure
  }
  return largest / 1000
}
