import { Listr, ListrLogger, type ListrLogLevels, ProcessOutput } from 'listr2'
import { workloadsById } from '../../../workloads/registry.ts'
import type { PlannedTarget } from '../../model/plan.ts'
import type { Target } from '../../model/target.ts'
import type { LoadedCampaign } from '../../plan/load.ts'
import { checkHost } from '../../targets/check-host.ts'
import { type CheckItem, failedItem, type HostCheck, isNotReady } from '../../targets/check-item.ts'
import { secretPrompt } from '../ask-secret.ts'
import { lesserWays, plannedLoadPods, plannedRights } from '../cluster-rights.ts'
import { campaignSecrets, connector, meterOpener } from '../compose.ts'
import { collectorsById } from '../load-file.ts'
import type { Terminal } from '../terminal.ts'
import { checkCluster } from './check-cluster.ts'
import { checkMeters } from './check-meters.ts'
import { checkParts } from './check-parts.ts'
import { proveMap } from './prove-map.ts'

/** Looks at every host of a campaign, target beside target, and tells meanwhile on stderr which are done. */
export async function checkCampaign(
  loaded: LoadedCampaign,
  o: {
    readonly terminal: Terminal
    readonly quiet: boolean
    /** Load hosts, too, to see which meters follow. */
    readonly proveMap?: boolean
    readonly signal: AbortSignal
  },
): Promise<readonly HostCheck[]> {
  const connections = { targets: loaded.connections, influx: loaded.influx, meters: loaded.meters }
  const prompt = o.terminal.asks
    ? { prompt: secretPrompt(() => ({ [Symbol.dispose]: () => undefined })) }
    : {}
  const readSecret = campaignSecrets(connections)
  const connect = connector({ plan: loaded.plan, connections, readSecret, ...prompt })
  const meters = checkMeters(loaded, readSecret)
  // It is awaited below; until then nothing may take it for lost.
  meters.catch(() => {})
  const found = new Map<string, readonly HostCheck[]>()
  const tasks = loaded.plan.targets.map(target => ({
    title: `${target.id}: ${target.hosts.map(host => host.id).join(', ')}`,
    task: async () => {
      const checks = await checkTarget(loaded, target, connect)
      found.set(target.id, checks)
      if (checks.some(isNotReady)) throw new Error('not ready')
    },
  }))
  const logger = new ListrLogger<ListrLogLevels>({
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  })
  await new Listr(tasks, {
    concurrent: 4,
    exitOnError: false,
    // Else it ends the process at Ctrl-C, before what was laid on hosts is taken away.
    registerSignalListeners: false,
    renderer: o.quiet ? 'silent' : 'simple',
    rendererOptions: { logger },
  }).run()
  const asked = await meters
  // Not before hosts were looked at: it is no quiet machine that is loaded.
  const proven =
    o.proveMap === true
      ? await proveMap({
          plan: loaded.plan,
          connect,
          open: meterOpener({ plan: loaded.plan, connections, readSecret }),
          say: words => (o.quiet ? undefined : o.terminal.err(`${words}\n`)),
          signal: o.signal,
        })
      : null
  return [
    ...loaded.plan.targets.flatMap(({ id }) => found.get(id) ?? []),
    ...asked.map(check => ({ ...check, items: [...check.items, ...mapItems(proven?.get(check.host))] })),
  ]
}

const mapItems = (items: readonly CheckItem[] = []): HostCheck['items'] =>
  items.map(item => ({ area: 'meter', ...item }))

async function checkTarget(
  loaded: LoadedCampaign,
  planned: PlannedTarget,
  connect: (id: string) => Promise<Target>,
): Promise<readonly HostCheck[]> {
  const parts = { plan: loaded.plan, collectors: collectorsById, workloads: workloadsById }
  const seen = (id: string, roles: readonly string[]) => ({ target: planned.id, host: id, roles })
  const checks: HostCheck[] = []
  try {
    await using target = await connect(planned.id)
    if (target.cluster !== undefined && planned.cluster !== undefined) {
      const wanted = {
        rights: plannedRights(loaded.plan, planned, loaded.connections.get(planned.id)),
        lesser: lesserWays(loaded.plan, planned, loaded.connections.get(planned.id)),
        loadPods: plannedLoadPods(loaded.plan, planned),
      }
      return [await checkCluster({ ...planned, cluster: planned.cluster }, target.cluster, wanted)]
    }
    for (const host of target.hosts.values()) {
      const found = await checkHost(host, checkParts(parts, planned, host.id))
      checks.push({ ...seen(host.id, host.roles), ...found })
    }
    return checks
  } catch (error) {
    const items = [{ area: 'machine' as const, ...failedItem('reachable', error) }]
    const missing = planned.hosts.filter(({ id }) => !checks.some(({ host }) => host === id))
    return [...checks, ...missing.map(({ id, roles }) => ({ ...seen(id, roles), bootId: null, items }))]
  }
}
