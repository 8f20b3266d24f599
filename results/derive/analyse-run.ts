import type { Plan, PlannedRun } from '../../harness/model/plan.ts'
import type { RunResult } from '../../harness/model/result.ts'
import { NO_TOTAL } from '../analyse/energy/total.ts'
import type { RunArchive } from '../archive/archive.ts'
import { hostEnergy } from './host-energy.ts'
import { kubeletChecks, kubeletSpans, readKubelets } from './kubelet-checks.ts'
import { kubeletMachines } from './kubelet-machines.ts'
import { type HostMeasure, measureHost } from './measure-host.ts'
import { measureMeters } from './measure-meters.ts'
import { measureWork } from './measure-work.ts'
import type { DeriveParts } from './parts.ts'
import { unreadable } from './read-json.ts'
import { readRun } from './read-run.ts'
import { machineUnder, type RunContext, runContext } from './run-context.ts'
import { type RunAnalysis, runResult } from './run-result.ts'

/** Reads and measures one run, whatever became of it. @throws JoulemarkError when the archive is not what was recorded */
export async function analyseRun(run: RunArchive, plan: Plan, parts: DeriveParts): Promise<RunAnalysis> {
  const { planned, attempt } = plannedOf(run.id, plan)
  const files = await readRun(run)
  if (files === null) return unfinished(run.id, planned, attempt)
  const context = runContext(plan, planned, files)
  const kubelets = await readKubelets(run)
  const spans = kubeletSpans(kubelets, context, files)
  const { target, stretches } = context
  const meters = await measureMeters(run, plan, { target: target.id, stretches }, parts)
  const measures: HostMeasure[] = []
  for (const host of hostsOf(context)) {
    const own = spans.filter(one => one.host === host).map(({ span }) => span)
    const o = { host, stretches, spans: own, machine: machineUnder(context, host), meters }
    measures.push(await measureHost(run, files, o, parts))
  }
  // Hosts on one kernel have one clock, which was probed through each.
  const clockOf = (host: string) =>
    measures.find(m => context.machineOf(m.host) === context.machineOf(host))?.clock ?? null
  const energyOf = (host: string) =>
    hostEnergy(context, measures.find(m => m.host === host) as HostMeasure, parts)
  const workload = parts.workloads.get(context.workload.id)
  if (workload === undefined)
    throw unreadable(run.id, 'run.json', `there is no workload ${context.workload.id} here`)
  const { id, version, params } = context.workload
  if (!workload.params.safeParse(params).success)
    throw unreadable(
      run.id,
      'run.json',
      `${id} ${version} was measured with parameters that ${id} ${workload.version} does not take; Joulemark ${plan.tool} reads them`,
    )
  const stamping =
    workload.stamps === 'sut' ? context.sutHosts[0] : (context.loadgenHost ?? context.sutHosts[0])
  return runResult({
    context,
    attempt,
    measures,
    kubelet: {
      checks: kubeletChecks(spans, measures),
      machines: kubeletMachines(kubelets, {
        windows: context.stretches.filter(p => p.name === 'window'),
        hosts: measures.map(({ host }) => host),
        clockOf,
      }),
    },
    inside: context.sutHosts.map(energyOf),
    outside: context.outsideHosts.map(energyOf),
    work: await measureWork(run, files, {
      workload,
      params: context.workload.params,
      windows: context.stretches.filter(p => p.name === 'window'),
      clock: stamping === undefined ? null : clockOf(stamping),
      clockOf,
    }),
  })
}

/** Every host that was recorded or should have been, in the order of the plan. */
function hostsOf(context: RunContext): string[] {
  const wanted = new Set([...context.sutHosts, ...context.record.recordings.map(r => r.host)])
  if (context.loadgenHost !== null) wanted.add(context.loadgenHost)
  for (const host of context.outsideHosts) wanted.add(host)
  const planned = (context.record.hosts ?? context.target.hosts).map(h => h.id)
  return [...planned.filter(h => wanted.has(h)), ...[...wanted].filter(h => !planned.includes(h)).sort()]
}

/** `0001-<target>-<workload>-r1-a1`: number and attempt; the rest is in the plan. */
export function plannedOf(
  id: string,
  plan: Plan,
): { readonly planned: PlannedRun; readonly attempt: number } {
  const match = /^(\d+)-.*-a(\d+)$/.exec(id)
  const planned = plan.runs.find(run => run.number === Number(match?.[1]))
  if (match === null || planned === undefined) throw unreadable(id, '.', 'the plan has no such run')
  return { planned, attempt: Number(match[2]) }
}

/** A run that did not get to writing its record. */
function unfinished(id: string, planned: PlannedRun, attempt: number): RunAnalysis {
  const result: RunResult = {
    id,
    number: planned.number,
    target: planned.target,
    workload: planned.workload,
    repetition: planned.repetition,
    attempt,
    outcome: 'aborted',
    verdicts: { measurement: 'invalid', workload: 'failed', cleanup: 'unknown' },
    rules: [],
    findings: [{ code: 'ABORTED', values: { phase: 'unknown', reason: 'it has no record' } }],
    stretches: [],
    footprint: [],
    traces: [],
    tools: [],
    total: NO_TOTAL,
    aboveBaseline: NO_TOTAL,
    units: null,
    seconds: null,
  }
  return {
    result,
    evidence: null,
    baseline: { ...NO_TOTAL, seconds: Number.NaN },
    latencyP95: null,
    loadgen: { shared: false, cpuShare: null, joulesOutside: null },
    sharedKernel: false,
    alike: new Map(),
  }
}
