import { recorderKit } from '../../../collectors/recorder/kit.ts'
import type { Collector } from '../../model/collector.ts'
import type { Plan, PlannedTarget } from '../../model/plan.ts'
import type { Host, HostFacts } from '../../model/target.ts'
import { hertz } from '../../model/units.ts'
import type { Workload } from '../../model/workload.ts'
import { estimatePlan } from '../../plan/estimate.ts'
import { detachedItem } from './check-detached.ts'
import { attempt, type CheckItem, type HostCheck } from './check-item.ts'
import { clockItem, machineItems, spaceItem } from './check-machine.ts'
import { quietItems } from './check-quiet.ts'
import { rootItem } from './check-root.ts'
import { toolItems } from './check-tools.ts'

export interface CheckParts {
  readonly plan: Plan
  readonly collectors: ReadonlyMap<string, Collector>
  readonly workloads: ReadonlyMap<string, Workload>
}

/** Everything that can be known of a host before a campaign. What fails is told; nothing throws. */
export async function checkHost(parts: CheckParts, target: PlannedTarget, host: Host): Promise<HostCheck> {
  const seen = { target: target.id, host: host.id, roles: host.roles }
  const collectors = parts.plan.collectors.flatMap(({ id }) => parts.collectors.get(id) ?? [])
  let facts: HostFacts | null = null
  const reached = await attempt('reachable', async () => {
    facts = await host.facts([...new Set(collectors.flatMap(collector => collector.probePaths))].sort())
    return { subject: 'reachable', state: 'ok', text: '' }
  })
  if (facts === null) return { ...seen, bootId: null, items: [reached] }
  return { ...seen, ...(await lookAround({ parts, target, host, facts, collectors })) }
}

interface Look {
  readonly parts: CheckParts
  readonly target: PlannedTarget
  readonly host: Host
  readonly facts: HostFacts
  readonly collectors: readonly Collector[]
}

async function lookAround({
  parts,
  target,
  host,
  facts,
  collectors,
}: Look): Promise<Pick<HostCheck, 'bootId' | 'items'>> {
  const { plan } = parts
  const keys = new Set(plan.runs.filter(run => run.target === target.id).map(run => run.workload))
  const estimate = estimatePlan(plan, {
    ...parts,
    facts: (id, name) => (id === target.id && name === host.id ? facts : null),
  })
  const mine = estimate.hosts.find(one => one.target === target.id && one.host === host.id)
  const items: readonly CheckItem[] = [
    ...machineItems(facts),
    await attempt('clock', () => clockItem(host)),
    spaceItem(facts, {
      bytes: (mine?.recording ?? Number.NaN) + (mine?.workload ?? Number.NaN),
      tmpfsBytes: plan.buffer.tmpfsBytes,
    }),
    await attempt('root', () => rootItem(host, facts, target.become)),
    recorderItem(facts, plan.rate),
    await attempt('detached', () => detachedItem(host, facts)),
    ...collectors.map(collector => sensorItem(collector, facts)),
    ...(await many('tools', () =>
      toolItems({
        host,
        facts,
        workloads: parts.workloads,
        planned: plan.workloads.filter(workload => keys.has(workload.key)),
      }),
    )),
    ...(await many('quiet', () => quietItems(host))),
  ]
  return { bootId: facts.bootId, items }
}

async function many(
  subject: string,
  look: () => Promise<readonly CheckItem[]>,
): Promise<readonly CheckItem[]> {
  let found: readonly CheckItem[] = []
  const failed = await attempt(subject, async () => {
    found = await look()
    return { subject, state: 'ok', text: '' }
  })
  return failed.state === 'failed' ? [failed] : found
}

function recorderItem(facts: HostFacts, rate: number): CheckItem {
  const choice = recorderKit.choose(facts, hertz(rate))
  if (choice.kind === null)
    return {
      subject: 'recorder',
      state: 'failed',
      text: choice.reason,
      hint: 'install perl (perl-base is enough), or lower collectors.rate',
    }
  const what = choice.kind === 'perl' ? `perl ${facts.perl ?? ''}` : 'POSIX shell, with coarse stamps'
  return { subject: 'recorder', state: choice.kind === 'perl' ? 'ok' : 'note', text: `${what}, ${rate} Hz` }
}

function sensorItem(collector: Collector, facts: HostFacts): CheckItem {
  const availability = collector.probe(facts)
  if (availability.state === 'available')
    return { subject: collector.id, state: 'ok', text: availability.detail }
  return {
    subject: collector.id,
    state: availability.state,
    text: availability.reason,
    hint: availability.hint,
  }
}
