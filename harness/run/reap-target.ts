import type { Json } from '../model/json.ts'
import type { Host, Target } from '../model/target.ts'
import { measuredHosts } from './attempt.ts'
import { folderName } from './names.ts'
import { must, script } from './on-host.ts'
import type { ReapItem, ReapReport } from './reap.ts'
import { removers } from './removers/registry.ts'
import { type Found, type FoundFolder, scanHost } from './scan.ts'

/** A folder without a marker (its maker died in between, or it is beside the run's own) is anybody's after a day, µs. */
const UNMARKED_LIFE = 24 * 3600 * 1e6

export interface ReapTargetOptions {
  readonly target: Target
  readonly lockDir?: string
  /** µs */
  readonly now: () => number
  readonly dryRun: boolean
}

/** One thing to remove: its remover and arguments, as a ledger would have them. */
interface Expired {
  readonly remover: string
  readonly args: Readonly<Record<string, Json>>
  readonly campaign: string
  readonly run: string
  readonly what: string
}

/**
 * Removes what campaigns left on a target whose ledgers are not at hand: folders, cgroups and locks that carry our names and are past their
 * expiry. What is live, or says nothing about itself, stays.
 */
export async function reapTarget(o: ReapTargetOptions): Promise<ReapReport> {
  const items: ReapItem[] = []
  for (const host of measuredHosts(o.target)) {
    const found = await scanHost(host, await host.facts([]), o.lockDir)
    for (const expired of await expiredOf(host, found, o.now())) {
      const { run, what } = expired
      const item = { run, target: o.target.id, host: host.id, what }
      items.push(o.dryRun ? { ...item, state: 'found' } : { ...item, ...(await remove(host, expired)) })
    }
  }
  return { items, left: items.filter(item => item.state === 'left' || item.state === 'found').length }
}

async function remove(
  host: Host,
  { remover, args, campaign }: Expired,
): Promise<Pick<ReapItem, 'state' | 'reason'>> {
  try {
    return { state: (await removers.get(remover)?.({ campaign, host, args })) ?? 'left' }
  } catch (error) {
    return { state: 'left', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Campaign and run of a name of ours, as far as a name tells them apart. */
function partsOf(name: string): { readonly campaign: string; readonly run: string } {
  const [, campaign = '', run = ''] = /^jm-(.+?)-(\d{4,}-.+)$/.exec(name) ?? []
  return { campaign, run }
}

/** In the order of removal: processes, cgroups, folders, locks. */
async function expiredOf(host: Host, found: Found, now: number): Promise<readonly Expired[]> {
  const marked = found.folders.flatMap(({ marker }) => (marker === null ? [] : [marker]))
  const live = marked
    .filter(marker => marker.expires > now)
    .map(marker => folderName(marker.campaign, marker.run))
  const dead = marked
    .filter(marker => marker.expires <= now)
    .map(marker => folderName(marker.campaign, marker.run))
  const startsWithOne = (name: string, list: readonly string[]): boolean =>
    list.some(one => name.startsWith(one))
  const folders = found.folders.filter(
    folder =>
      !startsWithOne(folder.name, live) &&
      (folder.marker !== null || startsWithOne(folder.name, dead) || folder.modified + UNMARKED_LIFE <= now),
  )
  const cgroups = found.cgroups.filter(
    ({ name, empty }) => !startsWithOne(name, live) && (empty || startsWithOne(name, dead)),
  )
  const processes: Expired[] = []
  for (const folder of folders) processes.push(...(await processesIn(host, folder)))
  return [
    ...processes,
    ...cgroups.map(({ path, name }) => ({
      ...partsOf(name),
      remover: 'cgroup',
      args: { paths: [path] },
      what: `cgroup ${path}`,
    })),
    ...folders.map(({ path, name }) => ({
      ...partsOf(name),
      remover: 'directory',
      args: { path },
      what: `folder ${path}`,
    })),
    ...found.locks.flatMap(({ path, content }) =>
      content === null || content.expires > now
        ? []
        : [
            {
              campaign: content.campaign,
              run: content.run,
              remover: 'lock',
              args: { path, owner: content.owner },
              what: `lock ${path}`,
            },
          ],
    ),
  ]
}

const DEADLINES = 'find "$1" -xdev -maxdepth 4 -type f -name "*.deadline" 2>/dev/null; true'

/** Detached processes below a folder of ours, by the files that they keep there (harness/transport/detach.sh). */
async function processesIn(host: Host, folder: FoundFolder): Promise<readonly Expired[]> {
  const exit = await must(host, 'look for processes', script(DEADLINES, folder.path))
  return exit.stdout.split('\n').flatMap(path => {
    const [, dir, name] = /^(\/.+)\/([A-Za-z0-9][A-Za-z0-9._-]*)\.deadline$/.exec(path) ?? []
    if (dir === undefined || name === undefined) return []
    return [{ ...partsOf(folder.name), remover: 'detached', args: { dir, name }, what: `process ${name}` }]
  })
}
