import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Collector } from '../model/collector.ts'
import { JoulemarkError } from '../model/error.ts'
import type { ClockProbe, Host, HostFacts, HostLink, Role, Target } from '../model/target.ts'
import {
  type CheckItem,
  checkClock,
  checkCollectors,
  checkMachine,
  checkQuiet,
  checkSpace,
  checkTools,
} from './check-items.ts'
import { checkRoot } from './check-root.ts'
import { parseQuiet } from './parse-quiet.ts'

/** What `joulemark check` tells of one host. */
export interface HostCheck {
  readonly target: string
  readonly host: string
  readonly roles: readonly Role[]
  /** null: it could not be reached. */
  readonly link: HostLink | null
  readonly facts: HostFacts | null
  readonly clock: ClockProbe | null
  readonly items: readonly CheckItem[]
}

export interface CheckParts {
  /** Those that the campaign asks for. */
  readonly collectors: readonly Pick<Collector, 'id' | 'title' | 'probePaths' | 'probe'>[]
  readonly become: 'none' | 'sudo'
}

/** Looks at every host of a target, one after the other. A part that fails becomes an item; the others go on. Leaves nothing behind. */
export async function checkTarget(target: Target, parts: CheckParts): Promise<HostCheck[]> {
  const checks: HostCheck[] = []
  for (const host of target.hosts.values()) checks.push(await checkHost(target, host, parts))
  return checks
}

/** Hosts that stand on one machine (equal boot id): measured together they count its CPU and energy twice. */
export function sharedMachines(
  checks: readonly HostCheck[],
): readonly { readonly bootId: string; readonly hosts: readonly string[] }[] {
  const byBoot = new Map<string, string[]>()
  for (const { facts, target, host } of checks)
    if (facts !== null) byBoot.set(facts.bootId, [...(byBoot.get(facts.bootId) ?? []), `${target}/${host}`])
  return [...byBoot].filter(([, hosts]) => hosts.length > 1).map(([bootId, hosts]) => ({ bootId, hosts }))
}

async function checkHost(target: Target, host: Host, parts: CheckParts): Promise<HostCheck> {
  const items: CheckItem[] = []
  const attempt = async <T>(id: string, title: string, act: () => Promise<T>): Promise<T | null> => {
    try {
      return await act()
    } catch (error) {
      items.push(failedItem(id, title, error))
      return null
    }
  }
  const link = await attempt('reachable', 'Reachable', async () => reached(host))
  if (link === null)
    return { target: target.id, host: host.id, roles: host.roles, link, facts: null, clock: null, items }
  items.push(reachableItem(link))
  const paths = [...new Set(parts.collectors.flatMap(collector => collector.probePaths))]
  const facts = await attempt('facts', 'Machine', () => host.facts(paths))
  if (facts !== null)
    items.push(
      checkMachine(facts),
      ...checkTools(facts, parts.become),
      ...checkCollectors(facts, parts.collectors),
    )
  items.push(await checkRoot(host, parts.become, facts, link))
  const clock = await attempt('clock', 'Clock', () => host.clock())
  if (clock !== null) items.push(checkClock(clock))
  if (facts !== null) {
    items.push(...checkSpace(facts))
    const survived = await attempt('detached', 'Detached processes', () => checkDetached(host, facts, link))
    if (survived !== null) items.push(survived)
    const quiet = await attempt('quiet', 'Quietness', () => lookQuiet(host))
    if (quiet !== null) items.push(...checkQuiet(quiet, facts))
  }
  return { target: target.id, host: host.id, roles: host.roles, link, facts, clock, items }
}

async function reached(host: Host): Promise<HostLink> {
  const link = await host.link?.()
  await host.exec(['true'])
  return link ?? { how: 'local', user: '', address: '', key: '', via: [], notes: [] }
}

function reachableItem(link: HostLink): CheckItem {
  const how =
    link.how === 'local' ? `this machine, as ${link.user}` : `${link.user} at ${link.address} by ${link.key}`
  const via = link.via.length === 0 ? '' : `; through ${link.via.join(', ')}`
  const notes = link.notes.map(note => `; ${note}`).join('')
  return { id: 'reachable', state: 'ok', title: 'Reachable', detail: `${how}${via}${notes}` }
}

function failedItem(id: string, title: string, error: unknown): CheckItem {
  const known = error instanceof JoulemarkError
  const place =
    known && error.place?.file !== undefined ? ` (${error.place.file}:${error.place.line ?? ''})` : ''
  const hint = known ? error.hint : undefined
  const detail = `${error instanceof Error ? error.message : String(error)}${place}`
  return { id, state: 'failed', title, detail, ...(hint === undefined ? {} : { hint }) }
}

/** Starts a sleeper, drops the connection, comes back and finds it running; then ends it. */
async function checkDetached(host: Host, facts: HostFacts, link: HostLink): Promise<CheckItem> {
  const dir = `${facts.workRoot}/joulemark-check-${randomBytes(6).toString('hex')}`
  const ref = { host: host.id, dir, name: 'sleeper' }
  const made = await host.exec(['mkdir', '-m', '700', dir])
  if (made.code !== 0) throw new Error(`${dir} can't be made: ${made.stderr.trim()}`)
  try {
    await host.start(ref, ['sleep', '120'], { lifeSeconds: 120 })
    await host.hush()
    const during = await host.status(ref)
    await host.stop(ref, { graceSeconds: 2 })
    const after = await host.status(ref)
    return detachedItem(during.state === 'running', after.state !== 'running', link)
  } finally {
    await host.stop(ref, { graceSeconds: 0 }).catch(() => {})
    await host.exec(['rm', '-rf', '--', dir]).catch(() => {})
  }
}

function detachedItem(survived: boolean, ended: boolean, link: HostLink): CheckItem {
  const base = { id: 'detached', title: 'Detached processes' }
  if (!survived)
    return {
      ...base,
      state: 'failed',
      detail: 'a detached process was gone after the connection had been dropped',
      hint: `the system ends what a login leaves behind (KillUserProcesses): sudo loginctl enable-linger ${link.user}`,
    }
  if (!ended) return { ...base, state: 'failed', detail: 'a detached process could not be ended' }
  const how =
    link.how === 'local'
      ? 'was started, found and ended'
      : 'survived a dropped connection, was found again and ended'
  return { ...base, state: 'ok', detail: `one ${how}` }
}

async function lookQuiet(host: Host) {
  const mark = `jm-${randomBytes(16).toString('hex')}`
  const script = await readFile(new URL('./quiet.sh', import.meta.url), 'utf8')
  const exit = await host.exec(['/bin/sh', '-c', script, 'quiet', mark], {
    deadlineSeconds: 60,
    maxBytes: 4 << 20,
  })
  return parseQuiet(exit.stdout, mark)
}

export type { CheckItem }
