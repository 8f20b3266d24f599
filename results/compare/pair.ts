import type { UncertaintyParts } from '../../harness/model/evidence.ts'
import type { Estimate, GroupResult, Key } from '../../harness/model/result.ts'
import { NEEDED } from '../analyse/statistics/estimate.ts'
import { type Ratio, ratioOfMeans } from '../analyse/statistics/ratio.ts'
import { PARTS, type Part } from '../analyse/statistics/uncertainty.ts'
import type { Pair, Side, Standing, Verdict } from './comparison.ts'
import { keyDifferences } from './keys.ts'

/** A difference below this is not called one, however sure it is (JM-S5). */
const LEAST_DIFFERENCE = 0.01

/**
 * Two groups whose work keys are equal.
 * @param o.sameInstrument the same machines and the same source measured both (sameInstrument)
 */
export function pairOf(
  a: { readonly name: string; readonly group: GroupResult },
  b: { readonly name: string; readonly group: GroupResult },
  o: { readonly sameInstrument: boolean } = { sameInstrument: false },
): Pair {
  const boundaryDifferences = keyDifferences(a.group.boundaryKey, b.group.boundaryKey)
  const sides = { a: sideOf(a.name, a.group), b: sideOf(b.name, b.group) }
  const unranked = [a, b].some(side => side.group.verdict !== 'valid')
  const unknown = unknownOf(sides)
  const standing = standingOf(sides, { boundariesDiffer: boundaryDifferences.length > 0, unranked, unknown })
  const figures = figuresOf(sides, standing, o.sameInstrument)
  const verdict = standing === 'verdict' && figures.interval !== null ? verdictOf(figures.interval) : null
  return {
    workload: a.group.workload,
    functionalUnit: a.group.functionalUnit,
    ...sides,
    boundaryDifferences,
    programDifferences: keyDifferences(programsOf(a.group), programsOf(b.group)),
    standing,
    unranked,
    ...figures,
    unknown,
    sameInstrument: o.sameInstrument,
    verdict,
    words: wordsOf({ standing, unranked, verdict, unknown, n: Math.min(sides.a.n, sides.b.n) }),
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

/** Versions by name; several of one program stand together. */
function programsOf({ tools, measuredBy }: GroupResult): Key {
  const versions = Map.groupBy(tools, tool => tool.name)
  return {
    joulemark: measuredBy.join(', '),
    ...Object.fromEntries([...versions].map(([name, found]) => [name, found.map(t => t.version).join(', ')])),
  }
}

/** Parts that are not known on a side. What two figures of one instrument have in common cancels; how much that is, is not known either. */
const unknownOf = ({ a, b }: Sides): Part[] =>
  PARTS.filter(part => [a, b].some(({ energyPerUnit }) => energyPerUnit.unknown.includes(part)))

/** What a verdict may not leave open. */
const DECIDING: readonly Part[] = ['instrument', 'attribution']

interface Sides {
  readonly a: Side
  readonly b: Side
}

function standingOf(
  { a, b }: Sides,
  o: { readonly boundariesDiffer: boolean; readonly unranked: boolean; readonly unknown: readonly Part[] },
): Standing {
  if (a.n === 0 || b.n === 0) return 'no-figure'
  if (o.boundariesDiffer) return 'side-by-side'
  const n = Math.min(a.n, b.n)
  if (n === 1) return 'observation'
  if (n < NEEDED.interval) return 'too-few'
  if (o.unranked) return 'unranked'
  return o.unknown.some(part => DECIDING.includes(part)) ? 'instrument-unknown' : 'verdict'
}

type Figures = Pick<Pair, 'ratio' | 'range' | 'interval' | 'covers'>
const NO_FIGURES: Figures = { ratio: null, range: null, interval: null, covers: [] }

function figuresOf({ a, b }: Sides, standing: Standing, sameInstrument: boolean): Figures {
  if (standing === 'no-figure' || standing === 'side-by-side') return NO_FIGURES
  const energies = [a.energyPerUnit, b.energyPerUnit] as const
  const means = energies.map(meanOf) as [number, number]
  if (!(means[0] > 0) || !(means[1] > 0)) return NO_FIGURES
  if (standing !== 'observation' && standing !== 'too-few') return withInterval(energies, sameInstrument)
  if (energies.every(e => e.ranges === null)) return { ...NO_FIGURES, ratio: means[1] / means[0] }
  return { ...NO_FIGURES, range: rangeOfRatio(energies) }
}

/** Models of two machines may err in opposite ways: the least of one over the greatest of the other, and the reverse. */
function rangeOfRatio(energies: readonly [Estimate, Estimate]): [number, number] | null {
  const [a, b] = energies.map(hull) as [[number, number], [number, number]]
  return a[0] > 0 && b[0] > 0 ? [b[0] / a[1], b[1] / a[0]] : null
}

function hull(e: Estimate): [number, number] {
  const all = [...e.values, ...(e.ranges ?? []).flat(), ...(e.expanded ?? [])]
  return [Math.min(...all), Math.max(...all)]
}

/** All but repetition, which ratioOfMeans takes from the runs. */
const FURTHER = PARTS.filter(part => part !== 'repetition')

/** Share of an instrument's variance that two figures of it have in common (docs/measuring.md, Uncertainty). */
const CORRELATION = 0.5

/**
 * Each side's relative uncertainty counts, of every part that is known. Errors of two instruments are taken as independent; those of one
 * are u² = u_a² + u_b² − 2·ρ·u_a·u_b (JCGM 100:2008, 5.2.2). A part that is not known on a side (an instrument of class E0) is not
 * covered, and `covers` does not name it.
 */
function withInterval(energies: readonly [Estimate, Estimate], sameInstrument: boolean): Figures {
  const parts = FURTHER.map(part => {
    const [a = null, b = null] = energies.map(e => relative(e, e.parts[part]))
    if (!sameInstrument || part !== 'instrument' || a === null || b === null)
      return { part, relative: [a, b] }
    return { part, relative: [Math.sqrt(a * a + b * b - 2 * CORRELATION * a * b)] }
  })
  const got: Ratio = ratioOfMeans(
    energies[0].values,
    energies[1].values,
    parts.flatMap(p => p.relative).filter(u => u !== null),
  )
  const covered = parts.filter(p => !p.relative.includes(null) && p.relative.some(u => u !== null && u > 0))
  return { ...got, range: null, covers: ['repetition', ...covered.map(p => p.part)] }
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

function wordsOf(o: {
  readonly standing: Standing
  readonly unranked: boolean
  readonly verdict: Verdict | null
  readonly unknown: readonly Part[]
  readonly n: number
}): string {
  const aside = o.unranked ? ', unranked' : ''
  if (o.standing === 'no-figure') return 'no figure of energy'
  if (o.standing === 'side-by-side') return `side by side, no verdict${aside}`
  if (o.standing === 'observation') return `observation${aside}`
  if (o.standing === 'too-few') return `no verdict: ${o.n} of ${NEEDED.interval}${aside}`
  if (o.standing === 'instrument-unknown') {
    const open = DECIDING.filter(part => o.unknown.includes(part)).map(part => `the ${part}`)
    return `no verdict: error of ${open.join(' and ')} not known`
  }
  return o.verdict === null ? 'unranked' : VERDICTS[o.verdict]
}
