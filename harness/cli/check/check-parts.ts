import { randomBytes } from 'node:crypto'
import { recorderKit } from '../../../collectors/recorder/kit.ts'
import type { Collector } from '../../model/collector.ts'
import type { Plan, PlannedTarget } from '../../model/plan.ts'
import type { HostFacts } from '../../model/target.ts'
import { hertz } from '../../model/units.ts'
import type { Workload } from '../../model/workload.ts'
import { estimatePlan } from '../../plan/estimate.ts'
import { CLOCK_LIMIT_MS } from '../../run/clocks.ts'
import { folderName, MARKER } from '../../run/names.ts'
import type { ProofFolder } from '../../targets/check-detached.ts'
import type { CheckParts } from '../../targets/check-host.ts'
import { attempt, type CheckItem } from '../../targets/check-item.ts'
import type { SpaceNeed } from '../../targets/check-machine.ts'
import { controllerTools } from '../controller-tools.ts'
import { toolItems } from './check-tools.ts'

export interface PlanParts {
  readonly plan: Plan
  readonly collectors: ReadonlyMap<string, Collector>
  readonly workloads: ReadonlyMap<string, Workload>
}

/** What a plan wants of a host of a target. */
export function checkParts(parts: PlanParts, target: PlannedTarget, hostId: string): CheckParts {
  const { plan, workloads } = parts
  const keys = new Set(plan.runs.filter(run => run.target === target.id).map(run => run.workload))
  const planned = plan.workloads.filter(workload => keys.has(workload.key))
  return {
    become: target.become,
    collectors: plan.collectors.flatMap(({ id }) => parts.collectors.get(id) ?? []),
    clockLimitMs: CLOCK_LIMIT_MS,
    need: facts => spaceNeed(parts, { target: target.id, host: hostId }, facts),
    tools: async (host, facts) => [
      recorderItem(facts, plan.rate),
      energyItem(facts, parts, { target: target.id, host: hostId }),
      ...(await attempt('tools', () =>
        toolItems({ host, facts, workloads, planned, controllerTools: controllerTools() }),
      )),
    ],
    proofFolder: (workRoot, expires) => proofFolder(workRoot, hostId, expires),
  }
}

function spaceNeed(
  parts: PlanParts,
  at: { readonly target: string; readonly host: string },
  facts: HostFacts,
): SpaceNeed {
  const { hosts } = estimatePlan(parts.plan, {
    ...parts,
    facts: (target, host) => (target === at.target && host === at.host ? facts : null),
  })
  const mine = hosts.find(one => one.target === at.target && one.host === at.host)
  return {
    bytes: mine === undefined ? null : mine.recording + mine.workload,
    tmpfsBytes: parts.plan.buffer.tmpfsBytes,
  }
}

function recorderItem(facts: HostFacts, rate: number): CheckItem {
  const subject = 'recorder'
  const choice = recorderKit.choose(facts, hertz(rate))
  const hint = 'install perl (perl-base alone is enough), or lower collectors.rate'
  if (choice.kind === null) return { subject, state: 'failed', text: choice.reason, hint }
  if (choice.kind === 'perl') return { subject, state: 'ok', text: `perl ${facts.perl ?? ''}, ${rate} Hz` }
  return {
    subject,
    state: 'note',
    text: `POSIX shell, ${rate} Hz: coarser stamps, and more CPU time of its own`,
    hint: 'install perl (perl-base alone is enough)',
  }
}

/** Where a figure of energy would come from on this host. */
function energyItem(
  facts: HostFacts,
  { plan, collectors }: PlanParts,
  at: { readonly target: string; readonly host: string },
): CheckItem {
  const subject = 'energy'
  const planned = plan.collectors.flatMap(({ id }) => collectors.get(id) ?? [])
  const there = planned.filter(collector => collector.probe(facts).state === 'available')
  const named = (plan.meters ?? []).filter(meter =>
    meter.behind.some(({ target, host }) => target === at.target && host === at.host),
  )
  const own = there.filter(collector => collector.evidence !== undefined)
  const meters = [...named, ...own].map(({ id }) => id)
  if (meters.length > 0) return { subject, state: 'ok', text: `from ${meters.join(', ')}` }
  if (there.some(({ id }) => id === 'cpu'))
    return { subject, state: 'note', text: 'by the power model from CPU use: a wide range, never ranked' }
  return {
    subject,
    state: 'note',
    text: 'none: there is no meter, and without the collector cpu no model',
    hint: 'add cpu to collectors.use',
  }
}

/** A folder that `joulemark reap` knows as ours, should this be cut off. */
function proofFolder(workRoot: string, hostId: string, expires: number): ProofFolder {
  const campaign = `check-${randomBytes(4).toString('hex')}`
  const run = `0000-${hostId}-check-r1-a1`
  const content = `${JSON.stringify({ owner: campaign, campaign, run, expires })}\n`
  return {
    dir: `${workRoot}/${folderName(campaign, run)}`,
    files: [{ name: MARKER, mode: 0o600, content }],
  }
}
