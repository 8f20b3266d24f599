import { bytesText, clockText } from '../../results/report/number-text.ts'
import type { Plan } from '../model/plan.ts'
import type { PlanEstimate } from '../plan/estimate.ts'
import { spanText } from './span-text.ts'
import { textTable } from './text-table.ts'

/** Every run in order, what it takes, and bytes per host. */
export function planText(plan: Plan, estimate: PlanEstimate): string {
  return [head(plan, estimate), runTable(plan, estimate), hostTable(plan, estimate)].join('\n')
}

function head(plan: Plan, estimate: PlanEstimate): string {
  const { profile, ranked, order, seed, durations: d, windows } = plan.protocol
  const drawn = order === 'random' ? `order drawn from seed ${seed}` : 'order of the file'
  const window = windows === 1 ? `window ${d.window}` : `${windows} windows of ${d.window}`
  return [
    `${plan.name}  ${plan.runs.length} ${plan.runs.length === 1 ? 'run' : 'runs'}, about ${spanText(estimate.totalSeconds)}, ${drawn}`,
    `  profile ${profile}${ranked ? '' : ' (not ranked)'}: baseline ${d.baseline}, idle ${d.idle}, warm-up ${d.warmUp}, ${window}, cool-down ${d.coolDown} s`,
    ...meterLines(plan),
    `  digest ${plan.digest.slice(0, 16)}, Joulemark ${plan.tool}`,
    '',
  ].join('\n')
}

function meterLines({ meters = [] }: Plan): readonly string[] {
  const named = meters.map(({ id, kind, seconds }) => `${id} (${kind}, every ${seconds} s)`)
  return named.length === 0 ? [] : [`  meters ${named.join(', ')}`]
}

function runTable(plan: Plan, estimate: PlanEstimate): string {
  let begin = 0
  const rows = plan.runs.map(run => {
    const takes = estimate.runSeconds.get(run.number) ?? Number.NaN
    const row = [
      String(run.number),
      run.target,
      run.workload,
      String(run.repetition),
      clockText(begin),
      spanText(takes),
    ]
    begin += takes
    return row
  })
  return textTable(
    [
      { title: 'run', align: 'right' },
      { title: 'target' },
      { title: 'workload' },
      { title: 'repetition', align: 'right' },
      { title: 'begins at', align: 'right' },
      { title: 'takes', align: 'right' },
    ],
    rows,
  )
}

function hostTable(plan: Plan, estimate: PlanEstimate): string {
  const rows = estimate.hosts.map(host => [
    `${host.target} ${host.host}`,
    plan.targets
      .find(target => target.id === host.target)
      ?.hosts.find(planned => planned.id === host.host)
      ?.roles.join(', ') ?? '',
    bytesText(host.recording),
    bytesText(host.workload),
    bytesText(host.fetched),
  ])
  return textTable(
    [
      { title: 'host' },
      { title: 'roles' },
      { title: 'recording', align: 'right' },
      { title: 'workload', align: 'right' },
      { title: 'fetched in all', align: 'right' },
    ],
    rows,
  )
}
