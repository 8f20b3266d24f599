import type { Comparison, Difference, Pair, Refusal } from '../../results/compare/comparison.ts'
import { estimateLine } from '../../results/report/estimate-text.ts'
import { fixed, significant } from '../../results/report/number-text.ts'
import type { Json } from '../model/json.ts'

/** A comparison for people: first what is refused and why, then what may stand side by side. */
export function comparisonText(comparison: Comparison): string {
  const blocks = [
    ...comparison.refusals.map(refusalText),
    ...comparison.missing.map(({ workload, name }) => `${workload}: not in ${name}\n`),
    ...comparison.pairs.map(pairText),
  ]
  const head = comparison.campaigns
    .map((campaign, i) => `${letter(i)}  ${campaign.name}  ${campaign.title}, Joulemark ${campaign.tool}\n`)
    .join('')
  const end = comparison.refused ? 'refused: work keys differ, or no workload is in all campaigns\n' : ''
  return `${[head, ...blocks].join('\n')}${end === '' ? '' : `\n${end}`}`
}

const letter = (i: number): string => (i < 26 ? String.fromCharCode(65 + i) : `#${i + 1}`)

const valueText = (value: Json): string =>
  value === null ? 'not there' : typeof value === 'string' ? value : JSON.stringify(value)

const differenceLines = (differences: readonly Difference[]): string =>
  differences.map(({ part, a, b }) => `    ${part}: ${valueText(a)} / ${valueText(b)}\n`).join('')

const refusalText = ({ workload, a, b, differences }: Refusal): string =>
  `${workload}: must not be compared (${a.name} ${a.target} / ${b.name} ${b.target}); the work differs in\n${differenceLines(differences)}`

function pairText(pair: Pair): string {
  const sides = [pair.a, pair.b].map(side => {
    const evidence = side.evidence === null ? 'no evidence' : `${side.evidence.kind} ${side.evidence.class}`
    return `  ${side.name} ${side.target}: ${estimateLine(side.energyPerUnit, 'J', pair.functionalUnit)}, ${evidence}\n`
  })
  const boundary =
    pair.boundaryDifferences.length === 0
      ? ''
      : `  side by side only; the boundary differs in\n${differenceLines(pair.boundaryDifferences)}`
  const programs =
    pair.programDifferences.length === 0
      ? ''
      : `  programs differ, which is in no key\n${differenceLines(pair.programDifferences)}`
  return `${pair.workload}: ${pair.words}\n${sides.join('')}${ratioText(pair)}${boundary}${programs}`
}

/** The ratio, what is sure about it and what that leaves out; never a percentage for what the interval does not tell from none. */
function ratioText({ ratio, range, interval, covers, unknown }: Pair): string {
  if (range !== null) return `  ratio ${ends(range)}, by the ranges of the model\n`
  if (ratio === null) return ''
  const per = (ratio - 1) * 100
  const shown = interval === null || interval[0] > 1 || interval[1] < 1
  const more = shown ? `: the second takes ${per < 0 ? '' : '+'}${fixed(per, 1)} %` : ''
  const left = unknown.filter(part => part !== 'repetition')
  const without = left.length === 0 ? '' : `; not ${left.join(', ')}: not known`
  const sure = interval === null ? '' : ` (95 %: ${ends(interval)}; covers ${covers.join(', ')}${without})`
  return `  ratio ${significant(ratio, 3)}${sure}${more}\n`
}

const ends = ([low, high]: readonly [number, number]): string =>
  `${significant(low, 3)} … ${significant(high, 3)}`
