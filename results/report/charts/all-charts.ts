import type { Result } from '../../../harness/model/result.ts'
import type { ChartSpec } from './chart-spec.ts'
import { energyPerUnit } from './energy-per-unit.ts'
import { overTime } from './over-time.ts'
import { workAgainstPower } from './work-against-power.ts'

/** Runs drawn over time: the first counted one of every group, else its first complete one. */
export function runCharts(result: Result): readonly ChartSpec[] {
  return result.groups.flatMap(group => {
    const runs = result.runs.filter(
      r => r.target === group.target && r.workload === group.workload && r.outcome === 'complete',
    )
    const run = runs.find(r => group.counted.includes(r.id)) ?? runs[0]
    if (run === undefined) return []
    const spec = overTime(
      run,
      `${group.workload} on ${group.target}, run ${run.repetition}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`,
    )
    return spec === null ? [] : [spec]
  })
}

export const allCharts = (result: Result): readonly ChartSpec[] => [
  ...energyPerUnit(result),
  ...workAgainstPower(result),
  ...runCharts(result),
]
