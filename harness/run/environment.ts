import type { Environment, LedgerMake } from '../model/run.ts'
import type { HostFacts } from '../model/target.ts'

/** A fact of a host that is not what it was. */
export interface Change {
  readonly host: string
  readonly fact: string
  readonly before: string
  readonly after: string
}

/** MemTotal differs by some pages from boot to boot. */
const MEMORY_TOLERANCE = 0.01

/** Facts that describe the machine's configuration, flat; what changes by itself (free space, boot, our own session's cgroup) is not among them. */
function comparable(facts: HostFacts): Map<string, string> {
  const flat = new Map<string, string>()
  const add = (name: string, value: string | number | boolean | null): void => {
    flat.set(name, value === null ? 'none' : String(value))
  }
  add('arch', facts.arch)
  add('kernel', facts.kernel)
  add('os', `${facts.os.id} ${facts.os.version} ${facts.os.libc}`)
  for (const [name, value] of Object.entries(facts.cpu)) add(`cpu.${name}`, value)
  add('virtualization', facts.virtualization)
  add('container', facts.container)
  add('cgroup', facts.cgroup.version)
  add('init', facts.init)
  add('root', facts.user.root)
  add('perl', facts.perl)
  for (const [name, version] of Object.entries(facts.tools)) add(`tool.${name}`, version)
  for (const [path, look] of Object.entries(facts.probes))
    add(`probe.${path}`, 'text' in look ? 'readable' : look.error)
  return flat
}

/** For the archive: without our own cgroup's path, which may name a container or a user's session. */
export function publicEnvironment(environment: Environment): Environment {
  const hosts = Object.entries(environment.hosts).map(([id, facts]) => [
    id,
    { ...facts, cgroup: { ...facts.cgroup, own: {} } },
  ])
  return { ...environment, hosts: Object.fromEntries(hosts) as Environment['hosts'] }
}

/** Hosts on which we installed packages: tools that came with them are no change. */
export const installedHosts = (made: readonly LedgerMake[], target: string): ReadonlySet<string> =>
  new Set(made.filter(line => line.target === target && line.remover === 'packages').map(line => line.host))

function compareFacts(host: string, before: HostFacts, after: HostFacts, installed: boolean): Change[] {
  const old = comparable(before)
  const now = comparable(after)
  const changes: Change[] = []
  for (const fact of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [was, is] = [old.get(fact) ?? 'none', now.get(fact) ?? 'none']
    if (was === is) continue
    if (installed && (fact.startsWith('tool.') || fact === 'perl') && (was === 'none' || is === 'none'))
      continue
    changes.push({ host, fact, before: was, after: is })
  }
  if (Math.abs(after.memoryBytes - before.memoryBytes) > before.memoryBytes * MEMORY_TOLERANCE)
    changes.push({
      host,
      fact: 'memory',
      before: String(before.memoryBytes),
      after: String(after.memoryBytes),
    })
  return changes
}

/**
 * What changed in the environment of a target's hosts; a host that is only in one of the two is a change too. `installed`: hosts on which
 * the ledger names packages of ours.
 */
export function environmentChanges(
  before: Environment,
  after: Environment,
  installed: ReadonlySet<string>,
): readonly Change[] {
  const changes: Change[] = []
  for (const host of [...new Set([...Object.keys(before.hosts), ...Object.keys(after.hosts)])].sort()) {
    const [was, is] = [before.hosts[host], after.hosts[host]]
    if (was !== undefined && is !== undefined)
      changes.push(...compareFacts(host, was, is, installed.has(host)))
    else
      changes.push({ host, fact: 'host', before: was ? 'there' : 'absent', after: is ? 'there' : 'absent' })
  }
  return changes
}
