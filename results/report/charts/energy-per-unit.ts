import type { Json } from '../../../harness/model/json.ts'
import type { GroupResult, Result } from '../../../harness/model/result.ts'
import { estimateLine, pointOf, spanOf } from '../estimate-text.ts'
import { scaleFor } from '../number-text.ts'
import { axis, BASE_OPTIONS, type ChartSpec, LEGEND, seriesColour } from './chart-spec.ts'

/** One chart per functional unit (J per request and J per GiB share no axis): intervals as bars, runs as points. */
export function energyPerUnit(result: Result): readonly ChartSpec[] {
  const shown = result.groups.filter(g => g.energyPerUnit.n > 0)
  const units = [...new Set(shown.map(g => g.functionalUnit))]
  return units.map(unit =>
    one(
      unit,
      shown.filter(g => g.functionalUnit === unit),
    ),
  )
}

const nameOf = (g: GroupResult): string => `${g.workload} on ${g.target}`

function one(unit: string, groups: readonly GroupResult[]): ChartSpec {
  const highest = Math.max(...groups.flatMap(g => spanOf(g.energyPerUnit) ?? []).map(Math.abs), 0)
  const scale = scaleFor(highest, 'J')
  const spans = groups.map(g => (spanOf(g.energyPerUnit) ?? [0, 0]).map(v => v / scale.factor))
  const runs = groups.flatMap((g, y) =>
    g.energyPerUnit.ranges === null
      ? g.energyPerUnit.values.map(v => ({ x: v / scale.factor, y: nameOf(g), g: y }))
      : [],
  )
  const means = groups.flatMap(g => {
    const p = pointOf(g.energyPerUnit)
    return p === null || g.energyPerUnit.n === 1 ? [] : [{ x: p / scale.factor, y: nameOf(g) }]
  })
  const dots = { type: 'scatter', borderWidth: 1.5 }
  const datasets: { [key: string]: Json }[] = [
    {
      label: groups.some(g => g.energyPerUnit.ranges !== null)
        ? '95 % range of the model'
        : 'what is known (95 %, or all runs)',
      data: spans,
      backgroundColor: groups.map((_, i) => `${seriesColour(i)}-soft`),
      borderColor: groups.map((_, i) => seriesColour(i)),
      borderWidth: 1.5,
      borderSkipped: false,
      barThickness: 14,
      order: 3,
    },
    ...(runs.length > 0
      ? [
          {
            ...dots,
            label: 'a run',
            data: runs.map(({ x, y }) => ({ x, y })),
            pointStyle: 'circle',
            radius: 4,
            borderColor: '@ink',
            backgroundColor: '@panel',
            order: 1,
          },
        ]
      : []),
    ...(means.length > 0
      ? [
          {
            ...dots,
            label: 'mean',
            data: means,
            pointStyle: 'rectRot',
            radius: 7,
            borderColor: '@ink',
            backgroundColor: '@ink',
            order: 0,
          },
        ]
      : []),
  ]
  const title = `Energy per ${unit}`
  return {
    id: `energy-per-${unit.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    title,
    alternative: `${title}: ${groups.map(g => `${nameOf(g)} ${estimateLine(g.energyPerUnit, 'J', unit)}`).join('; ')}.`,
    width: 900,
    height: 110 + 46 * groups.length,
    config: {
      type: 'bar',
      data: { labels: groups.map(nameOf), datasets },
      options: {
        ...BASE_OPTIONS,
        indexAxis: 'y',
        scales: {
          x: axis(`${scale.unit} per ${unit}`, { beginAtZero: true }),
          y: axis('', { grid: { display: false } }),
        },
        plugins: { legend: LEGEND },
      },
      notInLegend: [],
    },
    table: [
      ['workload and target', 'n', `energy per ${unit}`, 'source kind', 'accuracy class'],
      ...groups.map(g => [
        nameOf(g),
        String(g.energyPerUnit.n),
        estimateLine(g.energyPerUnit, 'J', unit),
        g.evidence?.kind ?? 'none',
        g.evidence?.class ?? 'none',
      ]),
    ],
  }
}
