import type { CrossCheck } from '../../../harness/model/cross-check.ts'
import type { Json } from '../../../harness/model/json.ts'
import type { RunResult } from '../../../harness/model/result.ts'
import { significant } from '../number-text.ts'
import { axis, BASE_OPTIONS, type ChartSpec, LINE_LEGEND, seriesColour } from './chart-spec.ts'

interface Pair {
  readonly mean: number
  readonly difference: number
}

/**
 * Two meters of one host against one another, one picture for each that stands beside the one that counts: difference over mean of both, bin by bin,
 * with mean difference and limits of agreement (Bland, Altman, Lancet 327, 1986).
 */
export const agreement = (run: RunResult, title: string): readonly ChartSpec[] =>
  (run.crossChecks ?? []).flatMap((check, i) => {
    const pairs = pairsOf(run, check)
    return pairs.length === 0 ? [] : [one({ id: `agreement-${run.id}-${i + 1}`, check, pairs, title })]
  })

function pairsOf({ traces }: RunResult, { host, source, against }: CrossCheck): readonly Pair[] {
  const power = (name: string) =>
    traces.find(t => t.name === 'power' && t.host === host && t.source === name)?.v ?? []
  const [of, other] = [power(against), power(source)]
  return of.flatMap((a, i): Pair[] => {
    const b = other[i] ?? null
    return a === null || b === null ? [] : [{ mean: (a + b) / 2, difference: b - a }]
  })
}

function one(o: {
  readonly id: string
  readonly check: CrossCheck
  readonly pairs: readonly Pair[]
  readonly title: string
}): ChartSpec {
  const { check, pairs } = o
  const means = pairs.map(({ mean }) => mean)
  const [from, to] = [Math.min(...means), Math.max(...means)]
  // One bin alone, or a meter that stands still, still gets lines that are seen.
  const room = to > from ? (to - from) * 0.05 : Math.max(1, from * 0.01)
  const level = (label: string, y: number, dash: number[]): { [key: string]: Json } => ({
    label,
    data: [
      { x: from - room, y },
      { x: to + room, y },
    ],
    showLine: true,
    pointRadius: 0,
    pointStyle: 'line',
    borderWidth: 1.5,
    borderColor: '@ink',
    backgroundColor: '@ink',
    borderDash: dash,
  })
  const watts = (value: number): string => `${significant(value, 3)} W`
  const [low, high] = check.agreement
  const title = `${check.source} beside ${check.against} on ${check.host}: ${o.title}`
  const levels = [
    ['mean difference', check.difference],
    ['limit of agreement, low', low],
    ['limit of agreement, high', high],
  ] as const
  return {
    id: o.id,
    title,
    alternative: `${title}: ${check.source} is ${watts(check.difference)} above ${check.against} on average, and 95 % of the differences lie between ${watts(low)} and ${watts(high)}, over ${check.n} bins.`,
    width: 900,
    height: 280,
    config: {
      type: 'scatter',
      data: {
        datasets: [
          {
            label: `${check.source} − ${check.against}, one bin a point`,
            data: pairs.map(({ mean, difference }) => ({ x: mean, y: difference })),
            borderColor: seriesColour(0),
            backgroundColor: `${seriesColour(0)}-soft`,
            pointRadius: 3,
          },
          level('mean difference', check.difference, []),
          level('limits of agreement (95 %)', low, [6, 4]),
          level('limit of agreement, high', high, [6, 4]),
        ],
      },
      options: {
        ...BASE_OPTIONS,
        scales: {
          x: axis(`mean of ${check.against} and ${check.source}, W`),
          y: axis('difference, W'),
        },
        plugins: { legend: LINE_LEGEND },
      },
      notInLegend: [3],
    },
    table: [['of the differences', 'W'], ...levels.map(([name, value]) => [name, watts(value)])],
  }
}
