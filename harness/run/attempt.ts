import type { RunArchive } from '../../results/archive/archive.ts'
import type { Finding } from '../model/finding.ts'
import type { Plan, PlannedRun, PlannedTarget, PlannedWorkload } from '../model/plan.ts'
import type { PhaseName, RunRecord } from '../model/run.ts'
import type { Host, Target } from '../model/target.ts'
import type { Workload } from '../model/workload.ts'
import type { Standing } from './cluster/standing.ts'
import type { Ledger, RunLedger } from './ledger.ts'
import type { RunParts } from './parts.ts'

/** A campaign under way: what all its runs share. */
export interface Campaign {
  readonly parts: RunParts
  readonly plan: Plan
  readonly ledger: Ledger
  /** Why things are still on a host, by ledger line. */
  readonly reasons: Map<number, string>
}

/** What has gathered for run.json so far. Filled while the run goes on, so that an aborted run says how far it got. */
export interface Notes {
  readonly phases: RunRecord['phases']
  readonly recordings: RunRecord['recordings']
  readonly services: RunRecord['services']
  readonly collectors: RunRecord['collectors']
  readonly tools: RunRecord['tools']
  readonly workFiles: RunRecord['workFiles']
  /** Hosts that were found in a cluster; empty: those of the plan. */
  readonly hosts: NonNullable<RunRecord['hosts']>
  readonly pods: NonNullable<RunRecord['pods']>
  /** Of meters that are asked over a network. */
  readonly meters: NonNullable<RunRecord['meters']>
  readonly findings: Finding[]
  /** One per load program. */
  readonly loads: NonNullable<RunRecord['loads']>
  /** Why it was skipped or aborted, without identities. */
  error: RunRecord['error']
  /** Where it is now; for the finding of an abort. */
  step: PhaseName | 'connect' | 'prepare' | 'collect'
}

export const emptyNotes = (): Notes => ({
  phases: [],
  recordings: [],
  services: [],
  collectors: [],
  tools: [],
  workFiles: [],
  hosts: [],
  pods: [],
  meters: [],
  findings: [],
  loads: [],
  error: null,
  step: 'connect',
})

/** One attempt at a planned run, connected. */
export interface Attempt extends Campaign {
  readonly planned: PlannedRun
  readonly attempt: number
  /** Name of its folder. */
  readonly id: string
  readonly plannedTarget: PlannedTarget
  readonly plannedWorkload: PlannedWorkload
  readonly workload: Workload
  readonly target: Target
  /** Hosts that are measured: sut and loadgen, each once. */
  readonly hosts: readonly Host[]
  /** What stands in a cluster for it; absent: the target has hosts of its own. */
  readonly standing?: Standing
  readonly run: RunLedger
  readonly archive: RunArchive
  readonly notes: Notes
  /** Until when things made now may live: seconds from now; set by the leases (harness/run/leases.ts). */
  readonly lease: { seconds: number }
  /** Either Ctrl-C. */
  readonly signal: AbortSignal
}

/** Hosts of a target that are measured: sut first, loadgen if it is another. */
export function measuredHosts(target: Target): readonly Host[] {
  // Of a cluster there are none before its pods are there.
  if (target.cluster !== undefined && target.hosts.size === 0) return []
  const sut = target.host('sut')
  const loadgen = target.host('loadgen')
  return sut.id === loadgen.id ? [sut] : [sut, loadgen]
}

/** Notes a finding and tells it. */
export async function note(attempt: Attempt, finding: Finding): Promise<void> {
  attempt.notes.findings.push(finding)
  await attempt.parts.emit({ type: 'finding', run: attempt.id, finding })
}
