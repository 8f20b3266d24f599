import { JoulemarkError } from '../model/error.ts'
import type { Environment } from '../model/run.ts'
import type { Host, HostFacts } from '../model/target.ts'
import { type Attempt, note } from './attempt.ts'
import { availabilityOf, unseenInPods } from './availability.ts'
import { publicEnvironment } from './environment.ts'
import { lockContent, markerText } from './leases.ts'
import { hostTime, type LockRequest, lockPath, refuseForeign, takeLock } from './locks.ts'
import { folderName, MARKER } from './names.ts'
import { exitText } from './on-host.ts'

/** Folders of ours on a host. */
export interface Folders {
  readonly work: string
  /** In memory; null: there is none. */
  readonly tmpfs: string | null
}

export interface Prepared {
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly environment: Environment
  readonly folders: ReadonlyMap<string, Folders>
}

/** Files that the plan's collectors want to be looked at. */
export function probePaths(a: Pick<Attempt, 'plan' | 'parts'>): readonly string[] {
  const paths = a.plan.collectors.flatMap(({ id }) => a.parts.collectors.get(id)?.probePaths ?? [])
  return [...new Set(paths)].sort()
}

/** Facts of some hosts, as the archive keeps them. */
export async function readEnvironment(
  hosts: readonly Host[],
  o: { readonly probePaths: readonly string[]; readonly now: () => number },
): Promise<Environment> {
  const facts = await Promise.all(hosts.map(async host => [host.id, await host.facts(o.probePaths)] as const))
  return { at: o.now(), hosts: Object.fromEntries(facts) }
}

/**
 * Before the first phase: machines are locked, the environment is on disk, our folders are made.
 * Throws `locked` before anything is made when a foreign lock stands there.
 */
export async function prepare(a: Attempt): Promise<Prepared> {
  a.notes.step = 'prepare'
  const environment = await readEnvironment(a.hosts, { probePaths: probePaths(a), now: a.parts.now })
  const facts = new Map(Object.entries(environment.hosts))
  // Nodes of a cluster are locked there already.
  if (a.standing === undefined) await lockMachines(a, facts)
  await a.archive.write('environment-before.json', `${JSON.stringify(publicEnvironment(environment))}\n`)
  await noteMachines(a, facts)
  await noteCollectors(a, facts)
  const folders = new Map<string, Folders>()
  for (const host of a.hosts) folders.set(host.id, await makeFolders(a, host, factsOf(facts, host.id)))
  return { facts, environment, folders }
}

export function factsOf(facts: ReadonlyMap<string, HostFacts>, host: string): HostFacts {
  const found = facts.get(host)
  if (found === undefined) throw new Error(`no facts of host ${host}`)
  return found
}

/** Every host's machine, by boot id. Hosts of one machine that share their files find the lock their own the second time. */
async function lockMachines(a: Attempt, facts: ReadonlyMap<string, HostFacts>): Promise<void> {
  const requests: (LockRequest & { readonly host: Host })[] = []
  for (const host of a.hosts) {
    const path = await lockPath(host, factsOf(facts, host.id).bootId, a.parts.lockDir)
    const now = await hostTime(host, a.parts.now)
    requests.push({ host, path, content: lockContent(a, now), now })
  }
  for (const request of requests) await refuseForeign(request.host, request)
  for (const { host, ...request } of requests) {
    await a.run.make({
      host: host.id,
      remover: 'lock',
      args: { path: request.path, owner: request.content.owner },
      what: `lock of the machine of ${host.id}`,
    })
    await takeLock(host, request)
  }
}

async function noteMachines(a: Attempt, facts: ReadonlyMap<string, HostFacts>): Promise<void> {
  const bootOf = (host: Host): string => factsOf(facts, host.id).bootId
  const sharing = a.hosts.filter(host =>
    a.hosts.some(other => other !== host && bootOf(other) === bootOf(host)),
  )
  if (sharing.length === 0) return
  const hosts = sharing.map(host => host.id).sort()
  await note(a, { code: 'SHARED_KERNEL', values: { hosts: hosts.join(', ') } })
}

/** What no pod can see is one finding, whatever the number of pods. */
async function noteCollectors(a: Attempt, facts: ReadonlyMap<string, HostFacts>): Promise<void> {
  const unseen = new Map<string, string>()
  for (const host of a.hosts) {
    for (const { id } of a.plan.collectors) {
      const collector = a.parts.collectors.get(id)
      if (collector === undefined) continue
      const found = availabilityOf(a, factsOf(facts, host.id), collector)
      const detail = found.state === 'available' ? found.detail : found.reason
      a.notes.collectors.push({ host: host.id, id, state: found.state, detail })
      if (found.state === 'available') continue
      if (unseenInPods(a, id)) {
        unseen.set(id, detail)
        continue
      }
      const code = found.state === 'absent' ? 'SENSOR_ABSENT' : 'SENSOR_FORBIDDEN'
      const values = { collector: id, host: host.id, reason: found.reason }
      await note(a, { code, host: host.id, collector: id, values })
    }
  }
  const collector = [...unseen.keys()].join(', ')
  const [reason] = unseen.values()
  if (reason !== undefined) await note(a, { code: 'SENSOR_ABSENT', collector, values: { collector, reason } })
}

async function makeFolders(a: Attempt, host: Host, facts: HostFacts): Promise<Folders> {
  // The host's id is in it: two hosts may see the same files.
  const name = `${folderName(a.parts.archive.id, a.id)}-${host.id}`
  const work = `${facts.workRoot.replace(/\/+$/, '')}/${name}`
  await makeFolder(a, host, work)
  const inMemory = facts.tmpfs === null ? null : `${facts.tmpfs.path.replace(/\/+$/, '')}/${name}`
  if (inMemory === null || inMemory === work) return { work, tmpfs: inMemory }
  await makeFolder(a, host, inMemory)
  return { work, tmpfs: inMemory }
}

/** A folder that was not there before: one that somebody else laid out for us is refused. */
async function makeFolder(a: Attempt, host: Host, path: string): Promise<void> {
  await a.run.make({
    host: host.id,
    remover: 'directory',
    args: { path, marked: true },
    what: `folder ${path}`,
  })
  const exit = await host.exec(['mkdir', '-m', '700', '--', path])
  if (exit.code !== 0)
    throw new JoulemarkError({
      code: 'folder-refused',
      message: `host ${host.id}: folder ${path} can't be made (${exitText(exit)})`,
      exit: 'invalid',
      hint: 'look at rights and free space there; a folder of that name must not exist yet',
    })
  const marker = markerText(a, await hostTime(host, a.parts.now))
  await host.put([{ name: MARKER, mode: 0o600, content: marker }], path)
}
