import {
  QUALIFICATION,
  type QualifiedLevel,
  type QualifiedMinute,
} from '../../../harness/model/certificate.ts'
import type { AccuracyClass } from '../../../harness/model/evidence.ts'
import { type Accuracy, classOf, QUALIFIED_LIMIT } from '../../../harness/model/meter.ts'
import { accuracyLimits } from '../statistics/uncertainty.ts'

/**
 * Mean of all values but the lowest and the highest (MLPerf, Training rules: Olympic scoring). Of equal ones one is dropped.
 * @param values three at least
 */
export function olympicMean(values: readonly number[]): number {
  if (values.length < 3) throw new RangeError(`an Olympic mean needs three values, not ${values.length}`)
  const kept = [...values].sort((a, b) => a - b).slice(1, -1)
  return mean(kept)
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/**
 * A sensor at one level, from its minutes. It passes where its deviation and the limit of error of the class meter come to 5 % of what the sensor
 * itself reads at most: the class meter may be wrong the other way (JCGM 106:2012, 8.3.2: a guard band of the meter's limit), and class E1 is a share of
 * the sensor's reading.
 * @param o.accuracy of all instances of the class meter together
 */
export function qualifiedLevel(
  o: Pick<QualifiedLevel, 'workload' | 'id' | 'version' | 'unused'> & {
    readonly minutes: readonly QualifiedMinute[]
    readonly accuracy: Accuracy
  },
): QualifiedLevel {
  const { accuracy, minutes, ...about } = o
  const watts = mean(minutes.map(({ against }) => against))
  const ratio = olympicMean(minutes.map(one => one.ratio))
  const deviation = ratio - 1
  const { reading, range } = accuracyLimits(accuracy, { joules: watts, seconds: 1 })
  const limit = (reading + range) / watts
  return {
    ...about,
    minutes: [...minutes],
    watts,
    ratio,
    deviation,
    limit,
    class: classOf(accuracy, watts),
    passed: errorOf({ ratio, deviation, limit }) <= QUALIFIED_LIMIT,
  }
}

/** Largest error that the sensor may have, as a share of its own reading. */
const errorOf = ({
  ratio,
  deviation,
  limit,
}: Pick<QualifiedLevel, 'ratio' | 'deviation' | 'limit'>): number => (Math.abs(deviation) + limit) / ratio

/** Classes that a meter must have for another to be qualified against it. */
const GOOD_ENOUGH: ReadonlySet<AccuracyClass> = new Set(['E3', 'E2'])
/** Levels must lie further apart in power than this share, or an error that grows with the power would not be seen. */
const APART = 0.05

/** Why nothing can be said of a sensor by these levels; empty: it can. */
export function levelRefusals(levels: readonly QualifiedLevel[], against: string): string[] {
  const coarse = levels
    .filter(level => !GOOD_ENOUGH.has(level.class))
    .map(
      ({ workload, watts, limit, class: of }) =>
        `${workload}: at ${wattsText(watts)} W ${against} may be wrong by ${percent(limit)}, which is class ${of}; E2 or better is needed, at most 2 %`,
    )
  const { low, high } = powerRange(levels)
  const flat =
    high / low - 1 <= APART
      ? [
          `all levels lie between ${wattsText(low)} and ${wattsText(high)} W, less than ${percent(APART)} apart: whether the sensor follows the load is not tested`,
        ]
      : []
  return [...coarse, ...flat]
}

/** W. */
export const powerRange = (
  levels: readonly Pick<QualifiedLevel, 'watts'>[],
): { readonly low: number; readonly high: number } => ({
  low: Math.min(...levels.map(({ watts }) => watts)),
  high: Math.max(...levels.map(({ watts }) => watts)),
})

/** Why a sensor failed, a sentence for each level at which it did; empty: it passed. */
export const failures = (levels: readonly QualifiedLevel[]): string[] =>
  levels
    .filter(({ passed }) => !passed)
    .map(
      ({ workload, ratio, deviation, limit }) =>
        `${workload}: the sensor is off by ${signed(deviation)}, which with the class meter's own limit of ${percent(limit)} comes to ${percent(errorOf({ ratio, deviation, limit }))} of what it reads; at most ${QUALIFICATION_LIMIT} is allowed`,
    )

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`
const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`
const wattsText = (watts: number): string => String(Number(watts.toPrecision(4)))
const QUALIFICATION_LIMIT = percent(QUALIFIED_LIMIT)

/** Whether a level has the minutes that are needed. */
export const isWhole = (minutes: readonly QualifiedMinute[]): boolean =>
  minutes.length === QUALIFICATION.minutes
