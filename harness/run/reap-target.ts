import type { Json } from '../model/json.ts'
import type { Host, Target } from '../model/target.ts'
import { measuredHosts } from './attempt.ts'
import { reapCluster } from './cluster/reap-cluster.ts'
import { hostTime, type LockContent } from './locks.ts'
import { folderName } from './names.ts'
import { must, script } from './on-host.ts'
import type { ReapItem, ReapReport } from './reap.ts'
import { removers } from './removers/registry.ts'
import { type Found, type FoundCgroup, type FoundFolder, scanHost } from './scan.ts'

/** A folder without a marker (its maker died in between, or it is beside the run's own) is anybody's after a day, µs. */
const UNMARKED_LIFE = 24 * 3600 * 1e6

export interface ReapTargetOptions {
  readonly target: Target
  readonly lockDir?: string
  /** Controller's wall clock, µs. */
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

/** One thing that stays. */
type Kept = Pick<ReapItem, 'run' | 'what' | 'reason'>

/**
 * Removes what campaigns left on a target whose ledgers are not at hand: folders, cgroups and locks that carry our names and are past their
 * expiry. What is live, says nothing about itself, or belongs to another user, stays: anybody can give a folder a name of ours.
 */
export async function reapTarget(o: ReapTargetOptions): Promise<ReapReport> {
  const { cluster } = o.target
  if (cluster !== undefined) return reapCluster({ target: o.target.id, cluster, dryRun: o.dryRun })
  const items: ReapItem[] = []
  for (const host of measuredHosts(o.target)) {
    const now = await hostTime(host, o.now)
    const found = await scanHost(host, await host.facts([]), o.lockDir)
    const { expired, kept } = await expiredOf(host, found, now)
    const at = { target: o.target.id, host: host.id }
    for (const one of expired) {
      const item = { ...at, run: one.run, what: one.what }
      items.push(o.dryRun ? { ...item, state: 'found' } : { ...item, ...(await remove(host, one)) })
    }
    items.push(...kept.map(one => ({ ...at, ...one, state: 'kept' as const })))
  }
  return { items, left: items.filter(item => item.state === 'left' || item.state === 'found').length }
}

async function remove(
  host: Host,
  { remover, args, campaign }: Expired,
): Promise<Pick<ReapItem, 'state' | 'reason'>> {
  try {
    return { state: (await removers.get(remover)?.({ campaign, host, args, purge: false })) ?? 'left' }
  } catch (error) {
    return { state: 'left', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Campaign and run of a name of ours, as far as a name tells them apart. */
function partsOf(name: string): { readonly campaign: string; readonly run: string } {
  const [, campaign = '', run = ''] = /^jm-(.+?)-(\d{4,}-.+)$/.exec(name) ?? []
  return { campaign, run }
}

/** Whether a name is that of a run's folder, or of something beside it. */
const ofOne = (name: string, runs: readonly string[]): boolean =>
  runs.some(run => name === run || name.startsWith(`${run}-`))

/** What is to go, in the order of removal (processes, cgroups, folders, policies, locks), and what stays though it may be of no use to anybody. */
async function expiredOf(
  host: Host,
  found: Found,
  now: number,
): Promise<{ readonly expired: readonly Expired[]; readonly kept: readonly Kept[] }> {
  const marked = found.folders.flatMap(({ marker }) => (marker === null ? [] : [marker]))
  const named = (markers: readonly LockContent[]): readonly string[] =>
    markers.map(marker => folderName(marker.campaign, marker.run))
  const live = named(marked.filter(marker => marker.expires > now))
  const dead = named(marked.filter(marker => marker.expires <= now))
  const old = (modified: number): boolean => modified + UNMARKED_LIFE <= now
  // Another user's folder goes only with a run of ours that it stands beside (the folder of a service's account); nothing in it is believed.
  const folders = found.folders.filter(
    folder =>
      !ofOne(folder.name, live) &&
      (folder.marker !== null || ofOne(folder.name, dead) || (folder.trusted && old(folder.modified))),
  )
  const idle = found.cgroups.filter(({ name }) => !ofOne(name, live))
  const goes = (cgroup: FoundCgroup): boolean =>
    ofOne(cgroup.name, dead) || (cgroup.empty && old(cgroup.modified))
  const processes: Expired[] = []
  for (const folder of folders) if (folder.trusted) processes.push(...(await processesIn(host, folder)))
  return {
    expired: [
      ...processes,
      ...idle.filter(goes).map(({ path, name }) => ({
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
      ...found.policies
        .filter(({ campaign, modified }) => {
          const markers = marked.filter(marker => marker.campaign === campaign)
          if (markers.some(marker => marker.expires > now)) return false
          return markers.length > 0 || old(modified)
        })
        .map(({ path, campaign }) => ({
          campaign,
          run: '',
          remover: 'file',
          args: { path },
          what: `policy ${path}`,
        })),
      ...found.locks.flatMap(lock => expiredLock(lock, now)),
    ],
    kept: idle
      .filter(cgroup => !goes(cgroup))
      .map(({ path, name }) => ({
        run: partsOf(name).run,
        what: `cgroup ${path}`,
        reason: 'no folder of its run says that it is past its expiry, so it may be live',
      })),
  }
}

function expiredLock({ path, content }: Found['locks'][number], now: number): readonly Expired[] {
  if (content === null || content.expires > now) return []
  const { campaign, run, owner } = content
  return [{ campaign, run, remover: 'lock', args: { path, owner }, what: `lock ${path}` }]
}

// Only files of the user that we are, or of root: what another user wrote names no process of ours.
const DEADLINES =
  'find "$1" -xdev -maxdepth 4 -type f \\( -user "$(id -u)" -o -user 0 \\) -name "*.deadline" 2>/dev/null; true'

/** Detached processes below a folder of ours, by the files that they keep there (harness/transport/detach.sh). */
async function processesIn(host: Host, folder: FoundFolder): Promise<readonly Expired[]> {
  const exit = await must(host, 'look for processes', script(DEADLINES, folder.path))
  return exit.stdout.split('\n').flatMap(path => {
    const [, dir, name] = /^(\/.+)\/([A-Za-z0-9][A-Za-z0-9._-]*)\.deadline$/.exec(path) ?? []
    if (dir === undefined || name === undefined) return []
    return [{ ...partsOf(folder.name), remover: 'detached', args: { dir, name }, what: `process ${name}` }]
  })
}
