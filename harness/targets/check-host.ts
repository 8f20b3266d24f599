import type { Collector } from '../model/collector.ts'
import type { Host, HostFacts, HostLink } from '../model/target.ts'
import { detachedItem, type ProofFolder } from './check-detached.ts'
import { type Area, attempt, type CheckItem, failedItem, type HostCheck } from './check-item.ts'
import {
  clockItem,
  machineItems,
  ownToolItems,
  reachableItem,
  readClock,
  type SpaceNeed,
  sensorItem,
  spaceItems,
} from './check-machine.ts'
import { quietItems, readQuiet } from './check-quiet.ts'
import { rootItem } from './check-root.ts'

/** What the plan wants of a host, and what of the look only a campaign knows. */
export interface CheckParts {
  readonly become: 'none' | 'sudo'
  /** Those that the campaign asks for. */
  readonly collectors: readonly Pick<Collector, 'id' | 'probePaths' | 'probe'>[]
  /** Largest offset of a clock with which a run is valid, ms. */
  readonly clockLimitMs: number
  need(facts: HostFacts): SpaceNeed
  /** Recorder and programs of the planned workloads. */
  tools(host: Host, facts: HostFacts): Promise<readonly CheckItem[]>
  /** See DetachedLook. */
  proofFolder(workRoot: string, expires: number): ProofFolder
}

/** Everything that can be known of a host before a campaign. A part that fails becomes an item and the others go on; nothing throws, nothing is left behind. */
export async function checkHost(host: Host, parts: CheckParts): Promise<Pick<HostCheck, 'bootId' | 'items'>> {
  let known: { readonly link: HostLink; readonly facts: HostFacts }
  try {
    const link = await reached(host)
    const paths = [...new Set(parts.collectors.flatMap(collector => collector.probePaths))].sort()
    known = { link, facts: await host.facts(paths) }
  } catch (error) {
    return { bootId: null, items: inArea('machine', [failedItem('reachable', error)]) }
  }
  const { facts } = known
  const machine = await lookAtMachine(host, parts, known)
  const sensors = parts.collectors.map(collector => sensorItem(collector, facts))
  const tools = await attempt('tools', () => parts.tools(host, facts))
  const quietness = await attempt('CPU', async () => quietItems(await readQuiet(host), facts))
  return {
    bootId: facts.bootId,
    items: [
      ...inArea('machine', machine),
      ...inArea('sensors', sensors),
      ...inArea('tools', [...tools, ...ownToolItems(facts)]),
      ...inArea('quietness', quietness),
    ],
  }
}

const inArea = (area: Area, items: readonly CheckItem[]): HostCheck['items'] =>
  items.map(item => ({ area, ...item }))

/** A connection alone is not enough: commands must run there. */
async function reached(host: Host): Promise<HostLink> {
  const link = await host.link()
  await host.exec(['true'])
  return link
}

async function lookAtMachine(
  host: Host,
  parts: CheckParts,
  { link, facts }: { readonly link: HostLink; readonly facts: HostFacts },
): Promise<readonly CheckItem[]> {
  const folder = (expires: number) => parts.proofFolder(facts.workRoot, expires)
  return [
    reachableItem(link),
    ...machineItems(facts),
    ...(await attempt('clock', async () => clockItem(await readClock(host), parts.clockLimitMs))),
    ...(await attempt('space', async () => spaceItems(facts, parts.need(facts)))),
    ...(await attempt('root', () => rootItem({ host, facts, link, become: parts.become }))),
    ...(await attempt('detached', () => detachedItem({ host, link, folder }))),
  ]
}
