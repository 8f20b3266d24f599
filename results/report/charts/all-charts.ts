import type { Result, RunResult } from '../../../harness/model/result.ts'
import { agreement } from './agreement.ts'
import type { ChartSpec } from './chart-spec.ts'
import { energyPerUnit } from './energy-per-unit.ts'
import { overTime } from './over-time.ts'
import { workAgainstPower } from './work-against-power.ts'

/** Runs that are shown by themselves: the first counted one of every group, else its first complete one. */
export function shownRuns(result: Result): readonly { readonly run: RunResult; readonly title: string }[] {
  return result.groups.flatMap(group => {
    const runs = result.runs.filter(
      r => r.target === group.target && r.workload === group.workload && r.outcome === 'complete',
    )
    const run = runs.find(r => group.counted.includes(r.id)) ?? runs[0]
    if (run === undefined) return []
    const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : ''
    return [{ run, title: `${group.workload} on ${group.target}, run ${run.repetition}${attempt}` }]
  })
}

export const runCharts = (result: Result): readonly ChartSpec[] =>
  shownRuns(result).flatMap(({ run, title }) => overTime(run, title) ?? [])

/** Meters beside one another in these runs. */
export const agreementCharts = (result: Result): readonly ChartSpec[] =>
  shownRuns(result).flatMap(({ run, title }) => agreement(run, title))

export const allCharts = (result: Result): readonly ChartSpec[] => [
  ...energyPerUnit(result),
  ...workAgainstPower(result),
  ...runCharts(result),
  ...agreementCharts(result),
]
