import type { Evidence } from '../../harness/model/evidence.ts'
import type { RunResult, StretchResult, Verdicts } from '../../harness/model/result.ts'
import type { Cleanup } from '../../harness/model/run.ts'
import { isLoadgen } from '../../harness/model/workload.ts'
import { sameEvidence } from '../analyse/energy/choose.ts'
import { crossChecks } from '../analyse/energy/cross-check.ts'
import { addTotals, NO_TOTAL, type Total } from '../analyse/energy/total.ts'
import { judge, measurementVerdict, wellCovered } from '../rules/rules.ts'
import { foreignShare } from './foreign.ts'
import type { HostEnergy } from './host-energy.ts'
import { footprint, hostUse } from './host-use.ts'
import { meterUses } from './meter-uses.ts'
import { nodeShares } from './node-shares.ts'
import type { RunContext } from './run-context.ts'
import { type Measured, runFacts } from './run-facts.ts'
import { allFindings, reportedFindings, withReported } from './run-findings.ts'

/** A run as it stands in the result, and what only the figures over several runs need of it. */
export interface RunAnalysis {
  readonly result: RunResult
  /** Of the source of the total; null: there is none. */
  readonly evidence: Evidence | null
  /** Of the source of the total, in the baseline, all machines inside the boundary. */
  readonly baseline: Total & { readonly seconds: number }
  readonly latencyP95: number | null
  readonly loadgen: {
    readonly shared: boolean
    readonly cpuShare: number | null
    readonly joulesOutside: number | null
  }
  readonly sharedKernel: boolean
  /** What figures of several runs must have in common to be figures of one thing: programs, machines, and the tool that measured. */
  readonly alike: ReadonlyMap<string, string>
}

/** Everything that was measured in a run, put together. */
export function runResult(o: Measured & { readonly attempt: number }): RunAnalysis {
  const { context, measures, inside, outside, work } = o
  const { record } = context
  const reported = reportedFindings([...record.findings, ...(work.load?.findings ?? [])])
  const skipped = record.outcome === 'skipped'
  const facts = runFacts(o)
  const rules = skipped ? [] : withReported(judge(facts), reported)
  const evidence = inside[0]?.evidence ?? null
  const one = oneSource(inside)
  const sum = (of: (e: HostEnergy) => Total): Total => (one ? addTotals(inside.map(of)) : NO_TOTAL)
  const stretches = stretchResults(o)
  const windows = stretches.filter(s => s.phase.name === 'window')
  return {
    evidence,
    baseline: {
      ...sum(e => e.baseline?.figure ?? NO_TOTAL),
      seconds: inside[0]?.baseline?.seconds ?? Number.NaN,
    },
    latencyP95: work.latencyP95,
    loadgen: {
      shared: context.loadgenShared,
      cpuShare: loadgenShare(context, windows),
      // Readings that are missing there cost this figure alone.
      joulesOutside:
        outside.length > 0 && oneSource(outside) && wellCovered(facts.outside ?? [])
          ? addTotals(outside.map(e => e.total)).joules
          : null,
    },
    sharedKernel: context.sharedKernel.length > 0,
    alike: alikeOf(context),
    result: {
      ...identity(context, o.attempt),
      verdicts: {
        measurement: skipped ? 'invalid' : measurementVerdict(rules),
        workload: workloadVerdict(context, rules),
        cleanup: cleanupVerdict(context.files.cleanup),
      },
      rules,
      findings: allFindings(rules, [
        ...reported,
        ...measures.flatMap(m => m.findings),
        ...[...inside, ...outside].flatMap(e => e.findings),
      ]),
      stretches,
      footprint: measures.map(footprint),
      traces: measures.filter(m => drawn(o, m.host)).flatMap(m => m.traces),
      tools: record.tools.map(({ name, host, version }) => ({ name, host, version })),
      total: plain(sum(e => e.total)),
      aboveBaseline: plain(sum(e => e.aboveBaseline)),
      units: unitsOf(windows),
      seconds: windows.length === 0 ? null : windows.reduce((all, w) => all + w.seconds, 0),
      ...clusterOf(o),
      ...metersOf(o),
      ...crossChecksOf(o),
    },
  }
}

/** Figures of several machines are added up only where they are of one kind. */
function oneSource([first, ...others]: readonly HostEnergy[]): boolean {
  const evidence = first?.evidence ?? null
  return evidence !== null && others.every(e => e.evidence !== null && sameEvidence(e.evidence, evidence))
}

function metersOf(o: Measured): Pick<RunResult, 'meters'> {
  const meters = o.measures.filter(m => drawn(o, m.host)).flatMap(meterUses)
  return meters.length === 0 ? {} : { meters }
}

function crossChecksOf({ measures, inside }: Measured): Pick<RunResult, 'crossChecks'> {
  const checks = inside.flatMap(energy => {
    const traces = measures.find(m => m.host === energy.host)?.traces ?? []
    const kinds = new Map(energy.stretches.flat().map(s => [s.evidence.source, s.evidence.kind]))
    const metered = traces.flatMap(trace => {
      const kind = trace.name === 'power' ? kinds.get(trace.source) : undefined
      return kind === undefined || kind === 'model' ? [] : [{ source: trace.source, kind, trace }]
    })
    const of = metered.find(one => one.source === energy.evidence?.source)
    return of === undefined
      ? []
      : crossChecks(
          of,
          metered.filter(one => one !== of),
        )
  })
  return checks.length === 0 ? {} : { crossChecks: checks }
}

function clusterOf(o: Measured): Pick<RunResult, 'cluster'> {
  const { context, measures, inside, outside, work, kubelet } = o
  const { pods } = context.record
  if (pods === undefined) return {}
  const energies = [...inside, ...outside]
  return {
    cluster: {
      pods: pods.map(({ id, part, node, qos }) => ({ id, part, node, qos })),
      startSpread: work.startSpread,
      startDoubt: work.startDoubt,
      machines: nodeShares({ context, measures, energies }),
      kubelet: [...kubelet.checks],
      kubeletMachines: [...kubelet.machines],
    },
  }
}

/** By name, as a reader would say it; facts of hosts as they were before the run. */
function alikeOf({ record, files }: RunContext): Map<string, string> {
  const found = new Map([['joulemark', record.tool]])
  for (const { name, host, version } of record.tools) found.set(`${name} on ${host}`, version)
  for (const [host, facts] of Object.entries(files.before?.hosts ?? {})) {
    const { model, threads, governor, turbo } = facts.cpu
    const said = {
      kernel: facts.kernel,
      CPU: model,
      threads,
      governor,
      turbo,
      virtualization: facts.virtualization,
    }
    for (const [name, value] of Object.entries(said))
      found.set(`${name} of ${host}`, String(value ?? 'not readable'))
  }
  return found
}

const identity = (
  { record, planned }: RunContext,
  attempt: number,
): Pick<RunResult, 'id' | 'number' | 'target' | 'workload' | 'repetition' | 'attempt' | 'outcome'> => ({
  id: record.id,
  number: planned.number,
  target: planned.target,
  workload: planned.workload,
  repetition: planned.repetition,
  attempt,
  outcome: record.outcome,
})

function stretchResults(o: Parameters<typeof runResult>[0]): StretchResult[] {
  const { context, measures, inside, outside, work } = o
  const sut = measures.find(m => m.host === inside[0]?.host)
  const energies = [...inside, ...outside]
  return context.stretches.map((phase, i) => ({
    phase,
    seconds: sut?.stretches[i]?.seconds ?? (phase.end - phase.start) / 1e6,
    energy: energies.flatMap(e => (e.stretches[i] ?? []).map(s => s.figure)),
    use: measures.map(m => ({
      ...hostUse(context, m, i),
      foreignShare: foreignShare(context, measures, { host: m.host, stretch: i }),
    })),
    work: phase.name === 'window' ? (work.windows[windowNumber(context, i)] ?? null) : null,
  }))
}

const windowNumber = (context: RunContext, stretch: number): number =>
  context.stretches.slice(0, stretch).filter(p => p.name === 'window').length

/** One trace per machine: hosts on one kernel would show the same. */
const drawn = (
  o: { readonly inside: readonly HostEnergy[]; readonly outside: readonly HostEnergy[] },
  host: string,
): boolean => [...o.inside, ...o.outside].some(e => e.host === host)

/**
 * The load generator's share of the CPU time of the sut's machine where some of it runs there; else the share that is used of the machines that
 * are its own. null: of one of them it is not known.
 */
function loadgenShare(context: RunContext, windows: readonly StretchResult[]): number | null {
  const { loadgenHost, loadgenShared, outsideHosts, sutHosts, machineOf } = context
  if (loadgenHost === null) return null
  const threadsOf = (host: string): number => context.files.before?.hosts[host]?.cpu.threads ?? Number.NaN
  const isSut = (host: string): boolean => sutHosts.some(sut => machineOf(sut) === machineOf(host))
  const hosts = loadgenShared ? sutHosts : outsideHosts
  const threads = hosts.reduce((sum, host) => sum + threadsOf(host), 0)
  const shares = windows.map(({ seconds, use }) => {
    const used = loadgenShared
      ? use
          .filter(({ host }) => isSut(host))
          .flatMap(({ services }) => services.filter(({ id }) => isLoadgen(id)).map(s => s.cpuSeconds))
      : hosts.map(id => use.find(({ host }) => host === id)?.cpuBusySeconds ?? null)
    const cpu = used.length === 0 ? null : addUp(used)
    return cpu === null ? null : cpu / threads / seconds
  })
  const sum = addUp(shares.map(share => (share === null || Number.isNaN(share) ? null : share)))
  return sum === null || shares.length === 0 ? null : sum / shares.length
}

const addUp = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : (values as number[]).reduce((a, b) => a + b, 0)

function unitsOf(windows: readonly StretchResult[]): number | null {
  const units = windows.map(w => w.work?.units ?? null)
  return units.length === 0 || units.includes(null) ? null : (units as number[]).reduce((a, b) => a + b, 0)
}

const WORKLOAD_CODES = new Set(['ABORTED', 'WORK_FAILED', 'WORK_ABSENT', 'LOAD_EXIT', 'CORRECTNESS'])

function workloadVerdict({ record }: RunContext, rules: RunResult['rules']): Verdicts['workload'] {
  if (record.outcome === 'skipped') return 'skipped'
  return rules.some(rule => rule.findings.some(f => WORKLOAD_CODES.has(f.code))) ? 'failed' : 'passed'
}

function cleanupVerdict(cleanup: Cleanup | null): Verdicts['cleanup'] {
  if (cleanup === null) return 'unknown'
  return cleanup.items.some(item => item.state === 'left') ? 'left behind' : 'clean'
}

const plain = ({ joules, range, parts }: Total): Total => ({ joules, range, parts })
