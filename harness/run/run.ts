import { JoulemarkError } from '../model/error.ts'
import { type PlannedRun, runId } from '../model/plan.ts'
import type { RunRecord } from '../model/run.ts'
import type { Target } from '../model/target.ts'
import { ToolMissing } from '../model/workload.ts'
import { type Attempt, type Campaign, emptyNotes, measuredHosts, type Notes, note } from './attempt.ts'
import { expiry, firstLease } from './leases.ts'
import { measure } from './measure.ts'
import { describeError, publicReason } from './public-error.ts'
import type { RunEnd } from './summary.ts'
import { removeAll, writeCleanup } from './tear-down.ts'

export interface RunOrder {
  readonly planned: PlannedRun
  readonly attempt: number
}

/**
 * One attempt at a planned run, from connecting to clean-up. Whatever fails inside is a finding and an outcome, the record is final on disk
 * before tear-down starts, and tear-down is always tried. Throws only where going on makes no sense: a foreign lock, an archive that can't be
 * written, the second Ctrl-C.
 */
export async function performRun(campaign: Campaign, order: RunOrder): Promise<RunEnd> {
  const { parts } = campaign
  const { planned, attempt } = order
  const id = runId(planned, attempt)
  const notes = emptyNotes()
  const target = await connect(campaign, planned)
  let end: Ending
  try {
    end =
      target instanceof Error
        ? await abort(campaign, id, notes, target)
        : await tryMeasure(campaign, begin(campaign, order, notes, target))
    await writeRecord(campaign, order, notes, end)
    if (end.fatal !== undefined) throw end.fatal
  } finally {
    if (!parts.hardSignal.aborted) await tearDown(campaign, id, target)
  }
  const { fatal: _, ...ended } = end
  return { run: id, number: planned.number, attempt, ...ended, verdict: null, findings: notes.findings }
}

/** `fatal`: what is thrown once the run's record is on disk. */
type Ending = Pick<RunEnd, 'outcome' | 'error' | 'unreachable'> & { readonly fatal?: Error }

async function connect({ parts }: Campaign, planned: PlannedRun): Promise<Target | Error> {
  try {
    return await parts.connect(planned.target)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function begin(campaign: Campaign, { planned, attempt }: RunOrder, notes: Notes, target: Target): Attempt {
  const { parts, plan, ledger } = campaign
  const id = runId(planned, attempt)
  const plannedTarget = plan.targets.find(one => one.id === planned.target)
  const plannedWorkload = plan.workloads.find(one => one.key === planned.workload)
  const workload = parts.workloads.get(plannedWorkload?.id ?? '')
  if (plannedTarget === undefined || plannedWorkload === undefined || workload === undefined)
    throw new Error(`the plan's run ${id} names a target or a workload that is not there`)
  const lease = { seconds: firstLease({ plan }) }
  return {
    ...campaign,
    planned,
    attempt,
    id,
    plannedTarget,
    plannedWorkload,
    workload,
    target,
    notes,
    lease,
    hosts: measuredHosts(target),
    run: ledger.forRun(id, planned.target, () => expiry({ parts, lease })),
    archive: parts.archive.run(id),
    signal: AbortSignal.any([parts.signal, parts.hardSignal]),
  }
}

async function tryMeasure(campaign: Campaign, a: Attempt): Promise<Ending> {
  try {
    await measure(a)
    return { outcome: 'complete', error: null }
  } catch (error) {
    if (error instanceof JoulemarkError && error.exit === 'locked') {
      // Lost in mid-run: what was measured until then is recorded. Refused at the start: there is nothing to record.
      if (error.code !== 'lock-lost') throw error
      return { ...(await abort(campaign, a.id, a.notes, error)), fatal: error }
    }
    if (!(error instanceof ToolMissing)) return abort(campaign, a.id, a.notes, error)
    const values = { tool: error.tool, host: error.host, hint: error.hint }
    await note(a, { code: 'TOOL_MISSING', host: error.host, values })
    a.notes.error = { code: 'tool-missing', message: error.message }
    return { outcome: 'skipped', error: { ...a.notes.error, hint: error.hint } }
  }
}

async function abort({ parts }: Campaign, run: string, notes: Notes, cause: unknown): Promise<Ending> {
  parts.hardSignal.throwIfAborted()
  const stopped = parts.signal.aborted
  const error = stopped ? { code: 'interrupted', message: 'stopped by the user' } : describeError(cause)
  const reason = stopped ? error.message : publicReason(cause, notes.step)
  const finding = { code: 'ABORTED', values: { phase: notes.step, reason } } as const
  notes.findings.push(finding)
  notes.error = { code: error.code, message: reason }
  await parts.emit({ type: 'finding', run, finding })
  const unreachable = !stopped && cause instanceof JoulemarkError && cause.exit === 'unreachable'
  return { outcome: 'aborted', error, ...(unreachable ? { unreachable } : {}) }
}

async function writeRecord(
  { parts }: Campaign,
  { planned, attempt }: RunOrder,
  notes: Notes,
  end: Ending,
): Promise<void> {
  const { step: _, hosts, loads, pods, meters, ...kept } = notes
  const { number, target, workload, repetition } = planned
  const id = runId(planned, attempt)
  const record: RunRecord = {
    schema: 'joulemark/run/1',
    id,
    tool: parts.toolVersion,
    number,
    target,
    workload,
    repetition,
    attempt,
    outcome: end.outcome,
    ...kept,
    loadExit: loads.length === 1 ? (loads[0]?.exit ?? null) : null,
    ...(loads.length > 1 ? { loads } : {}),
    ...(hosts.length > 0 ? { hosts } : {}),
    ...(pods.length > 0 ? { pods } : {}),
    ...(meters.length > 0 ? { meters } : {}),
  }
  await parts.archive.run(id).write('run.json', `${JSON.stringify(record)}\n`)
}

/** A run of which nothing was made has no clean-up to record, but a target to let go of. */
async function tearDown(
  { parts, ledger, reasons: all }: Campaign,
  run: string,
  target: Target | Error,
): Promise<void> {
  try {
    if (ledger.made(run).length === 0) return
    await parts.emit({ type: 'phase', run, phase: 'tear-down', index: 0, seconds: null })
    const reasons = await removeAll({ ...parts, ledger }, ledger.open(run), target)
    for (const [seq, reason] of reasons) all.set(seq, reason)
    await writeCleanup({ ...parts, ledger }, run, reasons)
    await parts.emit({ type: 'phase-end', run, phase: 'tear-down', index: 0 })
  } finally {
    if (!(target instanceof Error)) await target[Symbol.asyncDispose]()
  }
}
