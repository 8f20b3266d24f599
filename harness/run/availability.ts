import type { Availability, Collector } from '../model/collector.ts'
import type { HostFacts } from '../model/target.ts'
import type { Attempt } from './attempt.ts'

type Becoming = Pick<Attempt, 'plannedTarget'>

/** Collectors whose counters are a pod's own, read inside of it. */
const OF_PODS = new Set(['cgroup', 'footprint'])

/** Whether a collector can see nothing where a run is recorded inside its pods alone. */
export const unseenInPods = (a: Becoming, collector: string): boolean =>
  a.plannedTarget.cluster?.access === 'pod' && !OF_PODS.has(collector)

/** Whether the recorder of a host can be run as root by becoming it; false where the user is root already. */
export const becomesRoot = (a: Becoming, facts: HostFacts): boolean =>
  a.plannedTarget.become === 'sudo' && !facts.user.root

/** Facts are probed without root: a sensor that only root may read is available where the recorder becomes root. */
export function availabilityOf(a: Becoming, facts: HostFacts, collector: Collector): Availability {
  if (unseenInPods(a, collector.id))
    return {
      state: 'absent',
      reason: 'read inside a pod, which does not see its node',
      hint: 'with rights on nodes take `access: nodes`',
    }
  const found = collector.probe(facts)
  if (found.state !== 'forbidden' || !becomesRoot(a, facts)) return found
  const needsRoot = collector.sources(facts, []).some(source => source.become === true)
  return needsRoot ? { state: 'available', detail: `read as root (${found.reason})` } : found
}
