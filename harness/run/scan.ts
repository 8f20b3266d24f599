import type { Host, HostFacts } from '../model/target.ts'
import { type LockContent, lockFolders, parseLock } from './locks.ts'
import { isOurName, MARKER } from './names.ts'
import { must, script } from './on-host.ts'

/** A folder of ours on a host. */
export interface FoundFolder {
  readonly path: string
  readonly name: string
  /** µs */
  readonly modified: number
  /** What its marker says; null: it has none that can be read. */
  readonly marker: LockContent | null
}

/** What a host has of ours, whoever made it. */
export interface Found {
  readonly folders: readonly FoundFolder[]
  readonly cgroups: readonly { readonly path: string; readonly name: string; readonly empty: boolean }[]
  readonly locks: readonly { readonly path: string; readonly content: LockContent | null }[]
}

// One line each: kind, path, then what is known, separated by tabs. Our names hold none.
const SCAN = `
marker=$1 folders=$2 cgroups=$3 locks=$4
tab=$(printf '\\t')
set -f
IFS=:
for base in $folders; do
  set +f
  for dir in "$base"/jm-*; do
    [ -d "$dir" ] && [ ! -L "$dir" ] || continue
    said=
    [ -f "$dir/$marker" ] && said=$(head -c 1024 -- "$dir/$marker" | tr -d '\\n\\t')
    echo "folder$tab$dir$tab$(stat -c %Y -- "$dir")$tab$said"
  done
  set -f
done
for base in $cgroups; do
  set +f
  for dir in "$base"/jm-*; do
    [ -d "$dir" ] || continue
    procs=$(find "$dir" -name cgroup.procs -exec cat {} \\; 2>/dev/null | head -n 1)
    echo "cgroup$tab$dir$tab$procs"
  done
  set -f
done
for base in $locks; do
  set +f
  for file in "$base"/*.lock; do
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    echo "lock$tab$file$tab$(head -c 1024 -- "$file" | tr -d '\\n\\t')"
  done
  set -f
done
true`

/** Looks for folders, cgroups and locks of ours on a host, by name. */
export async function scanHost(host: Host, facts: HostFacts, lockDir: string | undefined): Promise<Found> {
  const folders = [facts.workRoot, ...(facts.tmpfs === null ? [] : [facts.tmpfs.path]), '/var/tmp', '/tmp']
  const bases = (paths: readonly string[]): string =>
    [...new Set(paths)].filter(path => !path.includes(':')).join(':')
  const argv = script(
    SCAN,
    MARKER,
    bases(folders.map(path => path.replace(/\/+$/, ''))),
    bases(Object.values(facts.cgroup.writable).map(path => path.replace(/\/+$/, ''))),
    bases(lockDir === undefined ? lockFolders : [lockDir]),
  )
  const exit = await must(host, 'look for what is left', argv, { maxBytes: 8 << 20 })
  const lines = exit.stdout.split('\n').map(line => line.split('\t'))
  const of = (kind: string): string[][] =>
    lines.filter(([first, path]) => first === kind && path !== undefined)
  return {
    folders: of('folder')
      .map(([, path = '', seconds = '', said = '']) => ({
        path,
        name: nameOf(path),
        modified: Number(seconds) * 1e6,
        marker: parseLock(said),
      }))
      .filter(({ name }) => isOurName(name)),
    cgroups: of('cgroup')
      .map(([, path = '', procs = '']) => ({ path, name: nameOf(path), empty: procs.trim() === '' }))
      .filter(({ name }) => isOurName(name)),
    locks: of('lock').map(([, path = '', said = '']) => ({ path, content: parseLock(said) })),
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
