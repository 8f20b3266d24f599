import type { HostFacts } from '../../model/target.ts'

/** v1 controllers whose counters a report uses. */
const COUNTED = ['cpuacct', 'memory', 'blkio'] as const

export interface CgroupPlan {
  readonly version: 1 | 2
  /** controller → absolute path of the folder to be made; v2 has the key `unified`. */
  readonly paths: Readonly<Record<string, string>>
}

/**
 * Where a cgroup of our own can be made on that host; null: nowhere. Under systemd none is made: there the detached process has a unit,
 * and a process that left it would count as ended. CPU time must be among what can be told, else the process tree says more.
 */
export function planCgroup(facts: HostFacts, name: string): CgroupPlan | null {
  if (facts.init === 'systemd') return null
  const { writable } = facts.cgroup
  if (writable['cpuacct'] !== undefined) {
    const mine = COUNTED.filter(controller => writable[controller] !== undefined)
    return { version: 1, paths: Object.fromEntries(mine.map(c => [c, `${writable[c]}/${name}`])) }
  }
  const { unified } = writable
  return unified === undefined ? null : { version: 2, paths: { unified: `${unified}/${name}` } }
}

/**
 * The cgroup that a process already has to itself (a unit or scope that systemd made for it), from its /proc/PID/cgroup; null: it shares
 * ours. v1: the controllers in which it differs; v2: the one folder.
 */
export function ownUnit(facts: HostFacts, procCgroup: string): CgroupPlan | null {
  const { mounts, own } = facts.cgroup
  const paths: Record<string, string> = {}
  for (const line of procCgroup.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    for (const controller of controllers === '' ? ['unified'] : controllers.split(',')) {
      const mount = mounts[controller]
      if (mount === undefined || path === '/' || `${mount}${path}` === own[controller]) continue
      paths[controller] = `${mount}${path}`
    }
  }
  const counted = COUNTED.filter(controller => paths[controller] !== undefined)
  if (paths['cpuacct'] !== undefined)
    return { version: 1, paths: Object.fromEntries(counted.map(c => [c, paths[c] ?? ''])) }
  const { unified } = paths
  return unified === undefined ? null : { version: 2, paths: { unified } }
}
