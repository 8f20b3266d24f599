import type { Json } from '../../harness/model/json.ts'
import type { Result } from '../../harness/model/result.ts'
import type { Difference, Pair } from '../compare/comparison.ts'
import { keyDifferences } from '../compare/keys.ts'
import { pairOf } from '../compare/pair.ts'
import { sameInstrument } from '../compare/same-instrument.ts'
import { fixed, significant } from './number-text.ts'

/** Every workload's other targets against its first one, where the work is the same: what may stand side by side in one report. */
export function targetPairs(result: Result): readonly Pair[] {
  const keys = [...new Set(result.groups.map(g => g.workload))]
  return keys.flatMap(key => {
    const [first, ...others] = result.groups.filter(g => g.workload === key && g.verdict !== 'skipped')
    if (first === undefined) return []
    return others
      .filter(other => keyDifferences(first.workKey, other.workKey).length === 0)
      .map(other =>
        pairOf(
          { name: first.target, group: first },
          { name: other.target, group: other },
          { sameInstrument: sameInstrument({ result, group: first }, { result, group: other }) },
        ),
      )
  })
}

/** `ratio 0.88, −12 % (95 %: −15 … −9 %; covers repetition, instrument)`: what b takes beside a. Empty where there is no ratio. */
export function pairRatioText({ ratio, range, interval, covers, unknown }: Pair): string {
  if (range !== null)
    return `ratio ${range.map(r => significant(r, 3)).join(' … ')}, by the ranges of the model`
  if (ratio === null) return ''
  const percent = (r: number): string =>
    `${r > 1 ? '+' : ''}${fixed((r - 1) * 100, Math.abs(r - 1) < 0.1 ? 1 : 0)}`
  const left = unknown.filter(part => part !== 'repetition')
  const without = left.length === 0 ? '' : `; not ${left.join(', ')}: not known`
  const sure =
    interval === null
      ? ''
      : ` (95 %: ${interval.map(percent).join(' … ')} %; covers ${covers.join(', ')}${without})`
  return `ratio ${significant(ratio, 3)}, ${percent(ratio)} %${sure}`
}

const valueText = (value: Json): string =>
  value === null ? 'not there' : typeof value === 'string' ? value : JSON.stringify(value)

/** `scope: wall AC / cpu package` for each part of the boundary that differs. */
export const differenceTexts = (differences: readonly Difference[]): readonly string[] =>
  differences.map(({ part, a, b }) => `${part}: ${valueText(a)} / ${valueText(b)}`)
