import type { Json } from '../../../harness/model/json.ts'
import type { GroupResult, Result } from '../../../harness/model/result.ts'
import { estimateLine, pointOf, rateText, spanOf } from '../estimate-text.ts'
import { axis, BASE_OPTIONS, type ChartSpec, LEGEND, seriesColour } from './chart-spec.ts'

/** Work done per second against power, one chart per functional unit: the shape of a load curve. Groups without either are left out. */
export function workAgainstPower(result: Result): readonly ChartSpec[] {
  const shown = result.groups.filter(g => g.power.n > 0 && g.rate.n > 0 && g.workloadId !== 'idle')
  const units = [...new Set(shown.map(g => g.functionalUnit))]
  return units.map(unit =>
    one(
      unit,
      shown.filter(g => g.functionalUnit === unit),
    ),
  )
}

function one(unit: string, groups: readonly GroupResult[]): ChartSpec {
  const datasets = groups.flatMap((g, i) => {
    const span = spanOf(g.power)
    const rate = pointOf(g.rate) ?? g.rate.values[0]
    if (span === null || rate === undefined) return []
    const label = `${g.workload} on ${g.target}`
    const colour = seriesColour(i)
    const ranged = g.power.ranges !== null
    // Runs without a figure are left out of each: only equal numbers of them belong together.
    if (!ranged && g.power.n !== g.rate.n) return []
    const data = ranged
      ? span.map(y => ({ x: rate, y }))
      : g.power.values.map((y, k) => ({ x: g.rate.values[k] as number, y }))
    const dataset: { [key: string]: Json } = {
      label: ranged ? `${label} (95 % range of the model)` : label,
      data,
      borderColor: colour,
      backgroundColor: colour,
      showLine: ranged,
      borderWidth: 3,
      pointRadius: ranged ? 3 : 5,
      pointStyle: i % 2 === 0 ? 'circle' : 'rectRot',
    }
    return [dataset]
  })
  const title = `Work against power, ${unit}s`
  return {
    id: `work-against-power-${unit.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    title,
    alternative: `${title}: ${groups.map(g => `${g.workload} on ${g.target} did ${rateText(g.rate, unit)} at ${estimateLine(g.power, 'W')}`).join('; ')}.`,
    width: 900,
    height: 320,
    config: {
      type: 'scatter',
      data: { datasets },
      options: {
        ...BASE_OPTIONS,
        scales: {
          x: axis(`${unit}s per second`, { beginAtZero: true }),
          y: axis('power in the window, W', { beginAtZero: true }),
        },
        plugins: { legend: LEGEND },
      },
      notInLegend: [],
    },
    table: [
      ['workload and target', `${unit}s per second`, 'power in the window'],
      ...groups.map(g => [
        `${g.workload} on ${g.target}`,
        rateText(g.rate, unit),
        estimateLine(g.power, 'W'),
      ]),
    ],
  }
}
