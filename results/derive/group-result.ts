import type { Plan, PlannedWorkload } from '../../harness/model/plan.ts'
import type { GroupResult } from '../../harness/model/result.ts'
import { bestEvidence, sameEvidence, sameMeter, worstEvidence } from '../analyse/energy/choose.ts'
import type { Total } from '../analyse/energy/total.ts'
import { estimate, exactFigure, NEEDED, type RunFigure } from '../analyse/statistics/estimate.ts'
import { scaleParts } from '../analyse/statistics/uncertainty.ts'
import { boundaryKey, workKey } from './keys.ts'
import type { DeriveParts } from './parts.ts'
import type { RunAnalysis } from './run-result.ts'

/** All runs of one workload on one target. */
export function groupResult(
  o: {
    readonly plan: Plan
    readonly target: string
    readonly workload: PlannedWorkload
    readonly runs: readonly RunAnalysis[]
  },
  parts: DeriveParts,
): GroupResult {
  const { workload, runs } = o
  const { counted, notCounted } = count(runs)
  const evidence =
    worstEvidence(counted.flatMap(r => r.evidence ?? [])) ??
    runs.find(r => r.evidence !== null)?.evidence ??
    null
  const figures = (of: (run: RunAnalysis) => RunFigure | null): RunFigure[] =>
    counted.map(of).filter(f => f !== null)
  const per = (total: (run: RunAnalysis) => Total, by: (run: RunAnalysis) => number | null): RunFigure[] =>
    figures(run => ratio(total(run), by(run)))
  const exact = (of: (run: RunAnalysis) => number | null): RunFigure[] =>
    figures(run => {
      const value = of(run)
      return value === null ? null : exactFigure(value)
    })
  const energy = (run: RunAnalysis): Total => run.result.total
  return {
    target: o.target,
    workload: workload.key,
    workloadId: workload.id,
    version: workload.version,
    title: parts.workloads.get(workload.id)?.title ?? workload.id,
    params: workload.params,
    functionalUnit: workload.functionalUnit,
    workKey: workKey(o.plan, workload),
    boundaryKey: boundaryKey(evidence, {
      loadgenShared: runs.some(r => r.loadgen.shared),
      sharedKernel: runs.some(r => r.sharedKernel),
      pods: podsOf(o.plan, o.target, runs),
    }),
    evidence,
    counted: counted.map(r => r.result.id),
    notCounted,
    tools: toolsOf(counted.length > 0 ? counted : runs),
    measuredBy: [...new Set(runs.flatMap(r => r.alike.get('joulemark') ?? []))].sort(),
    ...verdictOf(runs, counted),
    energyPerUnit: estimate(
      `J/${workload.functionalUnit}`,
      per(energy, r => r.result.units),
    ),
    energyPerUnitAboveBaseline: estimate(
      `J/${workload.functionalUnit}`,
      per(
        r => r.result.aboveBaseline,
        r => r.result.units,
      ),
    ),
    energyPerWindow: estimate('J', per(energy, windowsOf)),
    power: estimate(
      'W',
      per(energy, r => r.result.seconds),
    ),
    baselinePower: estimate(
      'W',
      per(
        r => r.baseline,
        r => r.baseline.seconds,
      ),
    ),
    rate: estimate(
      `${workload.functionalUnit}/s`,
      exact(r => quotient(r.result.units, r.result.seconds)),
    ),
    latencyP95: estimate(
      'µs',
      exact(r => r.latencyP95),
    ),
    cpuUtilisation: estimate('ratio', exact(cpuOf)),
    loadgen: {
      shared: runs.some(r => r.loadgen.shared),
      cpuShare: mean(counted.map(r => r.loadgen.cpuShare)),
      joulesOutside: mean(counted.map(r => r.loadgen.joulesOutside)),
    },
  }
}

/** Of every repetition the last attempt that is complete and not invalid counts; of those the ones with the best evidence. */
function count(runs: readonly RunAnalysis[]): {
  readonly counted: readonly RunAnalysis[]
  readonly notCounted: GroupResult['notCounted']
} {
  const best = bestEvidence(runs.filter(usable).flatMap(r => r.evidence ?? []))
  const counted: RunAnalysis[] = []
  const notCounted: GroupResult['notCounted'] = []
  for (const run of runs) {
    const later = runs.some(
      other =>
        other !== run &&
        usable(other) &&
        other.result.number === run.result.number &&
        other.result.attempt > run.result.attempt,
    )
    const other = !equal(best, run.evidence)
    const reason =
      whyNot(run) ??
      (later
        ? 'a later attempt counts'
        : other
          ? 'its energy is of another source than that of the runs that count'
          : null)
    if (reason === null) counted.push(run)
    else notCounted.push({ run: run.result.id, reason })
  }
  return { counted, notCounted }
}

/** Every version of every program once, sorted. */
function toolsOf(runs: readonly RunAnalysis[]): GroupResult['tools'] {
  const versions = new Map(
    runs.flatMap(r => r.result.tools).map(({ name, version }) => [`${name} ${version}`, { name, version }]),
  )
  return [...versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tool]) => tool)
}

const usable = (run: RunAnalysis): boolean => whyNot(run) === null

function whyNot({ result }: RunAnalysis): string | null {
  if (result.outcome !== 'complete') return result.outcome
  return result.verdicts.measurement === 'invalid' ? 'invalid' : null
}

const equal = (a: RunAnalysis['evidence'], b: RunAnalysis['evidence']): boolean =>
  a === null || b === null ? a === b : sameEvidence(a, b) || sameMeter(a, b)

/** Valid: every run that counts is, and there are as many as an interval needs. The reasons are for people, and name rules by their ids. */
function verdictOf(
  runs: readonly RunAnalysis[],
  counted: readonly RunAnalysis[],
): Pick<GroupResult, 'verdict' | 'reasons'> {
  if (counted.length === 0) {
    const skipped = runs.length > 0 && runs.every(r => r.result.outcome === 'skipped')
    return skipped
      ? { verdict: 'skipped', reasons: ['every run was skipped'] }
      : { verdict: 'invalid', reasons: ['no run counted'] }
  }
  const enough = counted.length >= NEEDED.interval
  const mixed = differing(counted)
  const valid = enough && mixed.length === 0 && counted.every(r => r.result.verdicts.measurement === 'valid')
  const few = enough ? [] : [`${counted.length} of the ${NEEDED.interval} runs that a rank needs`]
  return valid
    ? { verdict: 'valid', reasons: [] }
    : { verdict: 'unranked', reasons: [...few, ...mixed, ...rulesOf(counted)] }
}

/** Programs, machines or versions of ours that were not the same in all runs that count: their mean is of no one thing. */
function differing(counted: readonly RunAnalysis[]): string[] {
  const seen = new Map<string, Set<string>>()
  for (const [name, value] of counted.flatMap(r => [...r.alike]))
    seen.set(name, (seen.get(name) ?? new Set()).add(value))
  return [...seen]
    .filter(([, values]) => values.size > 1)
    .map(([name, values]) => `${name} differs between runs: ${[...values].sort().join(', ')}`)
}

/** Rules for which runs that count are not valid: broken, or not known to hold. */
function rulesOf(counted: readonly RunAnalysis[]): string[] {
  const runs = new Map<string, number>()
  for (const { result } of counted) {
    for (const { rule, effect, state } of result.rules) {
      if (effect === 'note' || state === 'held' || state === 'not-applicable') continue
      runs.set(rule, 1 + (runs.get(rule) ?? 0))
    }
  }
  return [...runs].map(([rule, n]) => `${rule} in ${n} of ${counted.length} runs`)
}

function ratio(total: Total, by: number | null): RunFigure | null {
  if (total.joules === null || by === null || !(by > 0)) return null
  const { range } = total
  return {
    value: total.joules / by,
    range: range === null ? null : [range[0] / by, range[1] / by],
    parts: scaleParts(total.parts, 1 / by),
  }
}

const quotient = (a: number | null, b: number | null): number | null =>
  a === null || b === null || !(b > 0) ? null : a / b

const windowsOf = (run: RunAnalysis): number =>
  run.result.stretches.filter(s => s.phase.name === 'window').length

/** Mean utilisation of the machine that is measured over the windows. */
function cpuOf({ result }: RunAnalysis): number | null {
  const host = result.stretches[0]?.energy[0]?.host ?? result.stretches[0]?.use[0]?.host
  const windows = result.stretches.filter(s => s.phase.name === 'window')
  return mean(windows.map(w => w.use.find(u => u.host === host)?.cpuUtilisation ?? null))
}

/** null as soon as one is absent. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter(v => v !== null)
  return known.length === 0 || known.length < values.length
    ? null
    : known.reduce((a, b) => a + b, 0) / known.length
}

function podsOf(
  { targets }: Plan,
  target: string,
  runs: readonly RunAnalysis[],
): Parameters<typeof boundaryKey>[1]['pods'] {
  const cluster = targets.find(({ id }) => id === target)?.cluster
  if (cluster === undefined) return null
  const counts = runs.map(
    ({ result }) => result.cluster?.pods.filter(({ part }) => part === 'load').length ?? 0,
  )
  return { cluster, load: Math.max(0, ...counts) }
}
