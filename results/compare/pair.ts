import type { UncertaintyParts } from '../../harness/model/evidence.ts'
import type { Estimate, GroupResult } from '../../harness/model/result.ts'
import { NEEDED } from '../analyse/statistics/estimate.ts'
import { type Ratio, ratioOfMeans } from '../analyse/statistics/ratio.ts'
import type { Pair, Side, Standing, Verdict } from './comparison.ts'
import { keyDifferences } from './keys.ts'

/** A difference below this is not called one, however sure it is (JM-S5). */
const LEAST_DIFFERENCE = 0.01

/** Two groups whose work keys are equal. */
export function pairOf(
  a: { readonly name: string; readonly group: GroupResult },
  b: { readonly name: string; readonly group: GroupResult },
): Pair {
  const boundaryDifferences = keyDifferences(a.group.boundaryKey, b.group.boundaryKey)
  const sides = { a: sideOf(a.name, a.group), b: sideOf(b.name, b.group) }
  const unranked = [a, b].some(side => side.group.verdict !== 'valid')
  const standing = standingOf(sides, boundaryDifferences.length > 0, unranked)
  const figures = figuresOf(sides, standing)
  const verdict = standing === 'verdict' && figures.interval !== null ? verdictOf(figures.interval) : null
  return {
    workload: a.group.workload,
    functionalUnit: a.group.functionalUnit,
    ...sides,
    boundaryDifferences,
    standing,
    unranked,
    ...figures,
    verdict,
    words: wordsOf({ standing, unranked, verdict, n: Math.min(sides.a.n, sides.b.n) }),
  }
}

const sideOf = (name: string, group: GroupResult): Side => ({
  name,
  target: group.target,
  evidence: group.evidence,
  verdict: group.verdict,
  n: group.energyPerUnit.n,
  energyPerUnit: group.energyPerUnit,
  energyPerUnitAboveBaseline: group.energyPerUnitAboveBaseline,
  power: group.power,
  rate: group.rate,
  cpuUtilisation: group.cpuUtilisation,
})

function standingOf({ a, b }: { a: Side; b: Side }, boundariesDiffer: boolean, unranked: boolean): Standing {
  if (a.n === 0 || b.n === 0) return 'no-figure'
  if (boundariesDiffer) return 'side-by-side'
  const n = Math.min(a.n, b.n)
  if (n === 1) return 'observation'
  if (n < NEEDED.interval) return 'too-few'
  return unranked ? 'unranked' : 'verdict'
}

type Figures = Pick<Pair, 'ratio' | 'interval' | 'covers'>

function figuresOf({ a, b }: { a: Side; b: Side }, standing: Standing): Figures {
  if (standing === 'no-figure' || standing === 'side-by-side')
    return { ratio: null, interval: null, covers: [] }
  const energies = [a.energyPerUnit, b.energyPerUnit] as const
  const means = energies.map(meanOf) as [number, number]
  if (!(means[0] > 0) || !(means[1] > 0)) return { ratio: null, interval: null, covers: [] }
  if (standing === 'observation' || standing === 'too-few')
    return { ratio: means[1] / means[0], interval: null, covers: [] }
  return withInterval(energies)
}

/**
 * Instruments and models of two campaigns are taken as independent: each side's relative uncertainty counts. Where an instrument's is
 * not known (class E0), the interval covers repetition alone, and says so.
 */
function withInterval(energies: readonly [Estimate, Estimate]): Figures {
  const instrument = energies.map(e => relative(e, e.parts.instrument))
  const model = energies.map(e => relative(e, e.parts.model))
  const known = [...instrument, ...model].filter(u => u !== null)
  const got: Ratio = ratioOfMeans(energies[0].values, energies[1].values, known)
  return {
    ...got,
    covers: [
      'repetition',
      ...(instrument.includes(null) ? [] : (['instrument'] as const)),
      ...(model.some(u => u !== null && u > 0) ? (['model'] as const) : []),
    ],
  }
}

function relative(e: Estimate, part: UncertaintyParts['instrument']): number | null {
  return part === null ? null : part / meanOf(e)
}

const meanOf = (e: Estimate): number => e.values.reduce((a, b) => a + b, 0) / e.n

/** Only an interval that lies wholly beyond the least difference says that there is one. */
function verdictOf([low, high]: readonly [number, number]): Verdict {
  if (low > 1 + LEAST_DIFFERENCE) return 'a-uses-less'
  return high < 1 - LEAST_DIFFERENCE ? 'b-uses-less' : 'no-difference-shown'
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  'a-uses-less': 'A uses less',
  'b-uses-less': 'B uses less',
  'no-difference-shown': 'no difference shown',
}

function wordsOf(o: { standing: Standing; unranked: boolean; verdict: Verdict | null; n: number }): string {
  const aside = o.unranked ? ', unranked' : ''
  if (o.standing === 'no-figure') return 'no figure of energy'
  if (o.standing === 'side-by-side') return `side by side, no verdict${aside}`
  if (o.standing === 'observation') return `observation${aside}`
  if (o.standing === 'too-few') return `no verdict: ${o.n} of ${NEEDED.interval}${aside}`
  return o.verdict === null ? 'unranked' : VERDICTS[o.verdict]
}
