import type { Finding } from '../../harness/model/finding.ts'
import type { Coverage } from '../analyse/integrate/gaps.ts'
import { extrapolation } from '../analyse/power-model/host-machine.ts'
import type { StretchMeasure } from '../analyse/recording/stretch-meter.ts'
import type { ClockFacts, LoadEnd, RunFacts, WindowCoverage, WorkFacts } from '../rules/rules.ts'
import { type HostEnergy, isEnergy } from './host-energy.ts'
import type { HostMeasure } from './measure-host.ts'
import type { WorkMeasure } from './measure-work.ts'
import { assumedOf, type RunContext } from './run-context.ts'

/** Everything a rule may judge, gathered from a run that was measured. */
export function runFacts(o: {
  readonly context: RunContext
  readonly measures: readonly HostMeasure[]
  readonly energies: readonly HostEnergy[]
  readonly work: WorkMeasure
}): RunFacts {
  const { context, measures, energies, work } = o
  const { record } = context
  const { protocol } = context.plan
  return {
    aborted:
      record.outcome === 'aborted'
        ? { phase: lastPhase(context), reason: record.error?.message ?? 'it did not get to its end' }
        : null,
    coverages: energies.flatMap(energy =>
      coverages(
        context,
        measures.find(m => m.host === energy.host),
        energy,
      ),
    ),
    clocks: measures.map(clockFacts),
    bootChanged: measures.map(m => m.host).filter(host => bootChanged(context, host)),
    suspended: measures
      .map(m => ({
        host: m.host,
        seconds: m.recordings.reduce((all, r) => all + r.measure.suspendedSeconds, 0),
      }))
      .filter(s => s.seconds > 0),
    recordings: measures.flatMap(m => m.recordings.map(r => r.facts)),
    work: workFacts(work),
    badExits: [...record.findings, ...(work.load?.findings ?? [])].filter(f => f.code === 'LOAD_EXIT'),
    load: work.load ?? NO_LOAD,
    steal: measures.flatMap(m => stealOf(context, m)),
    sharedKernel: context.sharedKernel,
    sharedLoadgen: context.loadgenShared ? context.loadgenHost : null,
    evidence: energies[0]?.evidence ?? null,
    profile: { name: protocol.profile, ranked: protocol.ranked },
    changes: record.findings.filter(f => f.code === 'ENVIRONMENT_CHANGED').map(changeOf),
    extrapolated: energies.flatMap(energy => extrapolated(context, energy)),
  }
}

const NO_LOAD: LoadEnd = { dropped: null, vuUsed: null, vuMax: null, checked: null, wrong: null }

const lastPhase = ({ record }: RunContext): string => record.phases.at(-1)?.name ?? 'the start'

/** Readings that a window's figures rest on: the recorder's ticks, CPU time, and the series of the source of the total. */
function coverages(
  context: RunContext,
  measure: HostMeasure | undefined,
  energy: HostEnergy,
): WindowCoverage[] {
  return context.stretches.flatMap((phase, i) => {
    if (phase.name !== 'window') return []
    const stretch = measure?.stretches[i] ?? null
    const at = { host: energy.host, window: phase.index }
    if (stretch === null) return [{ ...at, collector: 'recorder', ...NOTHING }]
    const series = stretch.sums.filter(s => isEnergy(s) && s.series.source === energy.evidence?.source)
    return [
      { ...at, collector: 'recorder', broken: false, ...covered(stretch.ticks) },
      ...cpuCoverage(stretch).map(c => ({ ...at, collector: 'cpu', ...c })),
      ...series.map(s => ({
        ...at,
        collector: s.series.source,
        broken: 'absent' in s.integral && (s.integral.absent === 'BROKEN' || s.integral.absent === 'GAP'),
        ...covered(s.coverage),
      })),
    ]
  })
}

const NOTHING = { longestIntervals: null, gapSeconds: 0, gapShare: 0, edgesBracketed: false, broken: false }

const covered = (c: Coverage): Omit<WindowCoverage, 'host' | 'collector' | 'window' | 'broken'> => ({
  longestIntervals: c.longestIntervals,
  gapSeconds: c.gapSeconds,
  gapShare: c.gapShare,
  edgesBracketed: c.before && c.after,
})

function cpuCoverage(stretch: StretchMeasure): Omit<WindowCoverage, 'host' | 'collector' | 'window'>[] {
  const absent = 'absent' in stretch.cpu ? stretch.cpu.absent : null
  return absent === 'NO_READINGS' ? [] : [{ broken: absent === 'BROKEN', ...covered(stretch.cpuCoverage) }]
}

/** Steps of the wall clock as the recordings and the probes saw them, the worse of the two; a step of the controller counts, too. */
function clockFacts(measure: HostMeasure): ClockFacts {
  const { clock } = measure
  const recorded = measure.recordings.map(r => Math.max(0, r.measure.ticks.wallStep - r.resolution) / 1000)
  if (clock === null)
    return {
      host: measure.host,
      offsetMs: null,
      stepMs: recorded.length === 0 ? null : Math.max(...recorded),
    }
  const steps = [Math.abs(clock.stepMs), Math.abs(clock.controllerStepMs), ...recorded]
  return { host: measure.host, offsetMs: clock.offsetMs, stepMs: Math.max(...steps) }
}

function bootChanged({ files }: RunContext, host: string): boolean {
  const before = files.before?.hosts[host]
  const after = files.after?.hosts[host]
  return before !== undefined && after !== undefined && before.bootId !== after.bootId
}

function workFacts(work: WorkMeasure): WorkFacts {
  const known = work.windows.filter(w => w !== null)
  const all = known.length > 0 && known.length === work.windows.length
  return {
    expected: work.expected,
    absent: work.absent,
    done: all ? known.reduce((sum, w) => sum + w.units, 0) : null,
    failed: all ? known.reduce((sum, w) => sum + w.failed, 0) : null,
  }
}

const stealOf = (context: RunContext, measure: HostMeasure): RunFacts['steal'][number][] =>
  context.stretches.flatMap((phase, i) => {
    const cpu = measure.stretches[i]?.cpu
    if (phase.name !== 'window' || cpu === undefined || 'absent' in cpu) return []
    return [{ host: measure.host, window: phase.index, share: cpu.stealShare }]
  })

function changeOf({ host, values }: Finding): RunFacts['changes'][number] {
  const text = (key: string): string => String(values[key] ?? '')
  return { host: host ?? text('host'), fact: text('fact'), before: text('before'), after: text('after') }
}

function extrapolated(context: RunContext, energy: HostEnergy): RunFacts['extrapolated'] {
  if (energy.evidence?.kind !== 'model') return []
  const facts = context.files.before?.hosts[energy.host] ?? context.files.after?.hosts[energy.host]
  const reason = facts === undefined ? null : extrapolation(facts, assumedOf(context, energy.host))
  return reason === null ? [] : [{ host: energy.host, reason }]
}
