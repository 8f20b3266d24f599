import type { Service } from '../../harness/model/collector.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { counter, type Shape } from '../parse/shape.ts'
import { keyed, plus, scaled, whole } from '../parse/text.ts'
import type { CgroupFile } from './v1.ts'

/** Instances of the series of a node: all its pods, and everything on its machine. */
export const ALL_PODS = 'pods'
export const ALL = 'all'

interface NodeFile extends CgroupFile {
  readonly instance: string
}

const SHAPE: Shape = { measurement: 'node', fields: [counter('cpu_usage', 'µs')] }

/** Above the groups of pods: `kubepods` under the cgroupfs driver; under systemd's `kubepods.slice`, below another root `<root>-kubepods.slice`. */
const PODS = /^(\/.+?\/(?:kubepods|(?:[^/]+-)?kubepods\.slice))\//

/**
 * CPU time of all pods of a node, and of everything on its machine, where a service stands in a pod: what is left of the second is the
 * system's. None for services outside of pods.
 */
export function podFiles(facts: HostFacts, services: readonly Service[]): readonly NodeFile[] {
  for (const { watch } of services) {
    if (watch.by !== 'cgroup') continue
    const controller = watch.version === 1 ? 'cpuacct' : 'unified'
    const pods = PODS.exec(watch.paths[controller] ?? '')?.[1]
    const all = facts.cgroup.mounts[controller]
    if (pods === undefined || all === undefined) continue
    return [file(watch.version, pods, ALL_PODS), file(watch.version, all, ALL)]
  }
  return []
}

const file = (version: 1 | 2, folder: string, instance: string): NodeFile =>
  version === 1
    ? {
        instance,
        name: 'cpuacct.usage',
        folder,
        text: {
          shape: SHAPE,
          read: text => [{ instance, values: [scaled(whole(text.trim()), 1, 1000)] }],
        },
      }
    : {
        instance,
        name: 'cpu.stat',
        folder,
        text: {
          shape: SHAPE,
          read: text => {
            const stat = keyed(text)
            // Of the root some kernels count stolen time as usage, and not in these two.
            const value =
              instance === ALL
                ? plus(whole(stat.get('user_usec')), whole(stat.get('system_usec')))
                : whole(stat.get('usage_usec'))
            return [{ instance, values: [value] }]
          },
        },
      }
