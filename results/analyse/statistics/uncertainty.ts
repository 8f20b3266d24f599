import type { AccuracyClass, Evidence, UncertaintyParts } from '../../../harness/model/evidence.ts'
import type { Accuracy } from '../../../harness/model/meter.ts'

/** Parts of a figure of which nothing is known. */
export const UNKNOWN_PARTS: UncertaintyParts = {
  repetition: null,
  instrument: null,
  model: null,
  attribution: null,
  clock: null,
}

const SQRT3 = Math.sqrt(3)

/** Limits of error of the classes, as a share of the reading; null: unqualified, nothing is known. */
const CLASS_LIMIT: Readonly<Record<AccuracyClass, number | null>> = {
  E3: 0.01,
  E2: 0.02,
  E1: 0.05,
  E0: null,
  none: null,
}

/** Standard uncertainty of a limit of error ±a, all values within it equally likely (JCGM 100:2008, 4.3.7). */
export const ofLimit = (a: number): number => a / SQRT3

/** Names of the parts of an uncertainty, in the order in which they are said. */
export const PARTS = ['repetition', 'instrument', 'model', 'attribution', 'clock'] as const
export type Part = (typeof PARTS)[number]

/** Root sum of squares of the parts (JCGM 100:2008, 5.1.2); null when a part is not known. */
export function combined(parts: UncertaintyParts): number | null {
  const all = [parts.repetition, parts.instrument, parts.model, parts.attribution, parts.clock]
  const known = all.filter(u => u !== null)
  return known.length === all.length ? Math.hypot(...known) : null
}

/**
 * Parts of a meter's figure over a stretch. Instrument: the limits of its data sheet, else the limit of its class. Attribution: none for a meter of the whole machine,
 * not known for what a hypervisor or provider shared out. Clock: mean power × the uncertainty of where the edges lie.
 * @param o.edge limit of the error of each edge, s (half a round trip)
 * @param o.between standard uncertainty for what lies between readings, J; it is one of when, and counts with the clock's
 * @param o.accuracy limits of error of the data sheet; null or absent: none is given
 * @param o.resolution W in whole multiples of which it says power; what is rounded away may be the same in all readings
 */
export function meterParts(
  evidence: Evidence,
  o: {
    readonly joules: number
    readonly seconds: number
    readonly edge: number | null
    readonly between?: number
    readonly accuracy?: Accuracy | null
    readonly resolution?: number
  },
): UncertaintyParts {
  const clock = clockPart(o)
  const shared = evidence.kind === 'hypervisor-allocated' || evidence.kind === 'provider-attributed'
  return {
    repetition: null,
    instrument: instrumentPart(evidence.class, o),
    model: 0,
    attribution: shared ? null : 0,
    clock: clock === null ? null : Math.hypot(clock, o.between ?? 0),
  }
}

/** Both limits of a data sheet by themselves, and what rounding takes (JCGM 100:2008, F.2.2.1), each with all values within it equally likely; J. */
function instrumentPart(
  of: AccuracyClass,
  o: {
    readonly joules: number
    readonly seconds: number
    readonly accuracy?: Accuracy | null
    readonly resolution?: number
  },
): number | null {
  const rounded = ofLimit((o.resolution ?? 0) / 2) * o.seconds
  if (o.accuracy !== null && o.accuracy !== undefined) {
    const { reading, range } = accuracyLimits(o.accuracy, o)
    return Math.hypot(ofLimit(reading), ofLimit(range), rounded)
  }
  const limit = CLASS_LIMIT[of]
  return limit === null ? null : Math.hypot(ofLimit(limit) * Math.abs(o.joules), rounded)
}

/** Limits of error that a data sheet gives for energy over a time, J; their sum is the limit as SPEC's run rules reckon it. */
export const accuracyLimits = (
  accuracy: Accuracy,
  o: { readonly joules: number; readonly seconds: number },
): { readonly reading: number; readonly range: number } => ({
  reading: (accuracy.readingPercent / 100) * Math.abs(o.joules),
  range: (accuracy.rangePercent / 100) * accuracy.rangeWatts * o.seconds,
})

/** Parts of a model's figure: its 95 % range stands for two standard uncertainties to each side; sharing out is in it. */
export const modelParts = (o: {
  readonly joules: number
  readonly range: readonly [number, number]
  readonly seconds: number
  readonly edge: number | null
}): UncertaintyParts => ({
  repetition: null,
  instrument: 0,
  model: (o.range[1] - o.range[0]) / 4,
  attribution: 0,
  clock: clockPart(o),
})

/** Two edges, independent of one another. */
const clockPart = (o: {
  readonly joules: number
  readonly seconds: number
  readonly edge: number | null
}): number | null =>
  o.edge === null ? null : (Math.abs(o.joules) / o.seconds) * ofLimit(o.edge) * Math.SQRT2

/** Parts of a sum of figures of one source: what is one and the same error adds up, edges are independent. */
export const sumParts = (all: readonly UncertaintyParts[]): UncertaintyParts => ({
  repetition: null,
  instrument: known(
    all.map(p => p.instrument),
    us => us.reduce((a, b) => a + b, 0),
  ),
  model: known(
    all.map(p => p.model),
    us => us.reduce((a, b) => a + b, 0),
  ),
  attribution: known(
    all.map(p => p.attribution),
    us => us.reduce((a, b) => a + b, 0),
  ),
  clock: known(
    all.map(p => p.clock),
    us => Math.hypot(...us),
  ),
})

/**
 * Correlation of the error of one instrument in two of its figures. A class bounds gain, offset, linearity and drift together and does not
 * say how they share: the gain is the same in both figures, the others differ with the load. Half of the variance is taken as each.
 */
const SAME_INSTRUMENT = 0.5

/**
 * Parts of E − s·B, both of one source (JCGM 100:2008, 5.2.2). Instrument and attribution are correlated by ½:
 * u² = u_E² + (s·u_B)² − u_E·s·u_B, so that the difference of two nearly equal figures is as uncertain as one of them, not sure. Edges
 * are independent: u² = u_E² + (s·u_B)². A model's part is one and the same in both: u = |u_E − s·u_B|.
 * @param scale s: length of E's stretch over that of B's
 */
export function differenceParts(
  of: UncertaintyParts,
  baseline: UncertaintyParts,
  scale: number,
): UncertaintyParts {
  const correlated =
    (r: number) =>
    (a: number | null, b: number | null): number | null =>
      a === null || b === null
        ? null
        : Math.sqrt(Math.max(0, a ** 2 + (scale * b) ** 2 - 2 * r * a * scale * b))
  return {
    repetition: null,
    instrument: correlated(SAME_INSTRUMENT)(of.instrument, baseline.instrument),
    model: correlated(1)(of.model, baseline.model),
    attribution: correlated(SAME_INSTRUMENT)(of.attribution, baseline.attribution),
    clock: correlated(0)(of.clock, baseline.clock),
  }
}

/** The same parts in another unit. */
export function scaleParts(parts: UncertaintyParts, by: number): UncertaintyParts {
  const scaled = (u: number | null): number | null => (u === null ? null : u * Math.abs(by))
  return {
    repetition: scaled(parts.repetition),
    instrument: scaled(parts.instrument),
    model: scaled(parts.model),
    attribution: scaled(parts.attribution),
    clock: scaled(parts.clock),
  }
}

const known = (us: readonly (number | null)[], add: (us: readonly number[]) => number): number | null => {
  const all = us.filter(u => u !== null)
  return all.length === us.length && all.length > 0 ? add(all) : null
}
