import type { KubeletCheck, KubeletMachine } from '../../harness/model/result.ts'
import { isLoadgen } from '../../harness/model/workload.ts'
import { extrapolation } from '../analyse/power-model/host-machine.ts'
import type { LoadTool, RunFacts, WindowCoverage, WorkFacts } from '../rules/rules.ts'
import { clockFacts } from './clock-facts.ts'
import { coverages } from './coverage.ts'
import { environmentChanges } from './environment-changes.ts'
import { foreignShare } from './foreign.ts'
import type { HostEnergy } from './host-energy.ts'
import { throttledSeconds } from './host-use.ts'
import type { HostMeasure } from './measure-host.ts'
import type { WorkMeasure } from './measure-work.ts'
import { assumedOf, type RunContext } from './run-context.ts'
import { untrueCounters } from './untrue-counters.ts'

/** A run that was measured. */
export interface Measured {
  readonly context: RunContext
  readonly measures: readonly HostMeasure[]
  /** Of machines inside the boundary, and of those of load generators outside of it. */
  readonly inside: readonly HostEnergy[]
  readonly outside: readonly HostEnergy[]
  readonly work: WorkMeasure
  readonly kubelet: { readonly checks: readonly KubeletCheck[]; readonly machines: readonly KubeletMachine[] }
}

/** Everything a rule may judge, gathered. */
export function runFacts(o: Measured): RunFacts {
  const { context, measures, inside, outside, work } = o
  const { record } = context
  const { protocol } = context.plan
  return {
    aborted:
      record.outcome === 'aborted'
        ? { phase: lastPhase(context), reason: record.error?.message ?? 'it did not get to its end' }
        : null,
    coverages: inside.flatMap(energy => energyCoverages(o, energy, 'window')),
    baseline: inside.flatMap(energy => energyCoverages(o, energy, 'baseline')),
    outside: outside.length === 0 ? null : outside.flatMap(energy => energyCoverages(o, energy, 'window')),
    readings: measures.flatMap(m =>
      readingCounts(context, m, inside.find(e => e.host === m.host)?.evidence?.source),
    ),
    clocks: measures.map(clockFacts),
    boots: measures.map(m => ({ host: m.host, changed: bootChanged(context, m.host) })),
    suspended: measures.map(suspended),
    recordings: measures.flatMap(m => m.recordings.map(r => r.facts)),
    work: workFacts(work),
    load: windowsOf(context).map((phase, i) => ({
      window: phase.index,
      seconds: (phase.end - phase.start) / 1e6,
      tenths: work.tenths[i] ?? null,
      asked: work.asked,
      checked: work.checked === null ? null : (work.checked[i] ?? 0),
    })),
    badExits: [...record.findings, ...(work.load?.findings ?? [])].filter(f => f.code === 'LOAD_EXIT'),
    tool: work.load ?? NO_TOOL,
    pods: podFacts(o),
    steal: measures.flatMap(m => stealOf(context, m)),
    foreign: machinesOf(o).flatMap(host => foreignOf(o, host)),
    sharedKernel: kernelsKnown(context) ? context.sharedKernel : null,
    loadgen:
      context.loadgenHost === null ? null : { host: context.loadgenHost, shared: context.loadgenShared },
    evidence: inside[0]?.evidence ?? null,
    profile: { name: protocol.profile, ranked: protocol.ranked, asPlanned: asPlanned(context) },
    changes: environmentChanges(context),
    untrue: inside.flatMap(energy => {
      const measure = measureOf(o, energy.host)
      return measure === undefined ? [] : untrueCounters(context, measure, energy)
    }),
    extrapolated: inside.flatMap(energy => extrapolated(context, energy)),
  }
}

function podFacts({ context, measures, work }: Measured): RunFacts['pods'] {
  const { pods, services, outcome, findings } = context.record
  if (pods === undefined) return null
  const throttled = context.stretches.flatMap((phase, i) =>
    phase.name !== 'window'
      ? []
      : services
          .filter(({ id }) => isLoadgen(id))
          .map(({ id, host }) => {
            const of = measures.find(m => m.host === host)?.stretches[i] ?? null
            const seconds = throttledSeconds(of, id)
            const share = seconds === null || of === null ? null : seconds / of.seconds
            return { host, service: id, window: phase.index, share }
          }),
  )
  return {
    looked: outcome === 'complete',
    lateBy: work.lateBy,
    lost: findings.filter(f => f.code === 'POD_LOST'),
    throttled,
  }
}

/** A phase ends some ms before or after its time. */
const PHASE_ROUNDING = 0.99

/** Whether baseline, idle and windows were as long, and windows as many, as the plan says. */
function asPlanned({ plan, stretches }: RunContext): boolean {
  const { durations, windows } = plan.protocol
  const long = (name: 'baseline' | 'idle' | 'window', count: number): boolean => {
    const found = stretches.filter(phase => phase.name === name)
    return (
      found.length === count &&
      found.every(({ start, end }) => (end - start) / 1e6 >= durations[name] * PHASE_ROUNDING)
    )
  }
  return long('baseline', 1) && long('idle', 1) && long('window', windows)
}

const NO_TOOL: LoadTool = { dropped: null, vuUsed: null, vuMax: null, checked: null, wrong: null }

const lastPhase = ({ record }: RunContext): string => record.phases.at(-1)?.name ?? 'the start'

const measureOf = ({ measures }: Measured, host: string): HostMeasure | undefined =>
  measures.find(m => m.host === host)

function energyCoverages(o: Measured, energy: HostEnergy, phase: 'baseline' | 'window'): WindowCoverage[] {
  const measure = measureOf(o, energy.host)
  const source = energy.evidence?.source ?? null
  return measure === undefined ? [] : coverages(o.context, measure, { phase, source })
}

const windowsOf = (context: RunContext) => context.stretches.filter(p => p.name === 'window')

/** A window ends some ms after its time; no reading is lost or won by those. */
const READING_ROUNDING = 0.01

/**
 * Readings that were asked for in the windows of a host.
 * @param source that its energy is taken from: a meter has an interval of its own
 */
function readingCounts(
  context: RunContext,
  measure: HostMeasure,
  source: string | undefined,
): RunFacts['readings'][number][] {
  const recorded = measure.recordings.map(r => r.ref.rate)
  if (recorded.length === 0) return []
  const meters = measure.meters.filter(one => one.meter.id === source)
  const rates = [...recorded, ...meters.map(one => 1 / one.meter.seconds)]
  const perSecond = Math.min(...rates)
  return windowsOf(context).map(({ index, start, end }) => ({
    host: measure.host,
    window: index,
    perSecond,
    perWindow: Math.floor(((end - start) / 1e6) * perSecond + READING_ROUNDING),
  }))
}

function bootChanged({ files }: RunContext, host: string): boolean | null {
  const before = files.before?.hosts[host]
  const after = files.after?.hosts[host]
  return before === undefined || after === undefined ? null : before.bootId !== after.bootId
}

/** Told from CPU time: where there is none it is not known. */
function suspended({ host, facts, recordings }: HostMeasure): RunFacts['suspended'][number] {
  const known = facts !== null && recordings.length > 0 && recordings.every(r => r.measure.cpuSeen)
  return {
    host,
    seconds: known ? recordings.reduce((all, r) => all + r.measure.suspendedSeconds, 0) : null,
  }
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
    if (phase.name !== 'window') return []
    const cpu = measure.stretches[i]?.cpu
    const share = cpu === undefined || 'absent' in cpu ? null : cpu.stealShare
    return [{ host: measure.host, window: phase.index, share }]
  })

/** One host of each machine that was measured. */
function machinesOf({ context, measures }: Measured): string[] {
  const machines = measures.map(m => context.machineOf(m.host))
  return measures.map(m => m.host).filter((_, i) => machines.indexOf(machines[i] as string) === i)
}

const foreignOf = ({ context, measures }: Measured, host: string): RunFacts['foreign'][number][] =>
  context.stretches.map((phase, stretch) => ({
    host,
    phase: phase.name,
    window: phase.index,
    share: foreignShare(context, measures, { host, stretch }),
  }))

const kernelsKnown = ({ target, files, record }: RunContext): boolean =>
  (record.hosts ?? target.hosts)
    .filter(h => h.roles.includes('sut') || h.roles.includes('loadgen'))
    .every(h => files.before?.hosts[h.id] !== undefined || files.after?.hosts[h.id] !== undefined)

function extrapolated(context: RunContext, energy: HostEnergy): RunFacts['extrapolated'] {
  if (energy.evidence?.kind !== 'model') return []
  const facts = context.files.before?.hosts[energy.host] ?? context.files.after?.hosts[energy.host]
  const reason = facts === undefined ? null : extrapolation(facts, assumedOf(context, energy.host))
  return reason === null ? [] : [{ host: energy.host, reason }]
}
