import type { Host, HostFacts } from '../model/target.ts'
import { type LockContent, lockFolders, parseLock } from './locks.ts'
import { hasControl, isOurName, MARKER } from './names.ts'
import { must, script } from './on-host.ts'

/** A folder of ours on a host. */
export interface FoundFolder {
  readonly path: string
  readonly name: string
  /** µs */
  readonly modified: number
  /** It is ours or root's, and nobody else may write into it: what lies in it can be believed. Anybody can make a folder with a name of ours. */
  readonly trusted: boolean
  /** What its marker says; null: it has none that can be read, or none that can be believed. */
  readonly marker: LockContent | null
}

/** A cgroup of ours on a host. */
export interface FoundCgroup {
  readonly path: string
  readonly name: string
  /** No process is in it. */
  readonly empty: boolean
  /** µs; the kernel may say a later time than that of its making, never an earlier one. */
  readonly modified: number
}

/** What a host has of ours, whoever made it. */
export interface Found {
  readonly folders: readonly FoundFolder[]
  readonly cgroups: readonly FoundCgroup[]
  /** Policies of ours that keep services from starting, by the campaign whose mark they carry. */
  readonly policies: readonly {
    readonly path: string
    readonly campaign: string
    readonly modified: number
  }[]
  readonly locks: readonly { readonly path: string; readonly content: LockContent | null }[]
}

// One line each: kind, path, then what is known, separated by tabs. Anybody can put a name or a text here: what has control characters is none
// of ours, and echo would make some of a backslash.
const SCAN = `
marker=$1 folders=$2 cgroups=$3 locks=$4
control() { case $1 in *[[:cntrl:]]*) return 0 ;; esac; return 1; }
me=$(id -u)
set -f
IFS=:
for base in $folders; do
  set +f
  for dir in "$base"/jm-*; do
    [ -d "$dir" ] && [ ! -L "$dir" ] && ! control "$dir" || continue
    owner=$(stat -c %u -- "$dir") rights=$(stat -c %a -- "$dir")
    trusted=no said=
    if [ "$owner" = "$me" ] || [ "$owner" = 0 ]; then
      case $rights in *[2367]? | *[2367]) ;; ?*) trusted=yes ;; esac
    fi
    if [ $trusted = yes ] && [ -f "$dir/$marker" ] && [ ! -L "$dir/$marker" ]; then
      said=$(head -c 1024 -- "$dir/$marker")
      control "$said" && said=
    fi
    printf 'folder\\t%s\\t%s\\t%s\\t%s\\n' "$dir" "$(stat -c %Y -- "$dir")" $trusted "$said"
  done
  set -f
done
for base in $cgroups; do
  set +f
  for dir in "$base"/jm-*; do
    [ -d "$dir" ] && ! control "$dir" || continue
    procs=$(find "$dir" -name cgroup.procs -exec cat {} \\; 2>/dev/null | head -n 1)
    printf 'cgroup\\t%s\\t%s\\t%s\\n' "$dir" "$(stat -c %Y -- "$dir")" "$procs"
  done
  set -f
done
policy=/usr/sbin/policy-rc.d
if [ -f "$policy" ] && [ ! -L "$policy" ]; then
  of=$(head -n 2 -- "$policy" | sed -n 's/^# joulemark \\([A-Za-z0-9._-]*\\)$/\\1/p')
  [ -z "$of" ] || printf 'policy\\t%s\\t%s\\t%s\\n' "$policy" "$(stat -c %Y -- "$policy")" "$of"
fi
for base in $locks; do
  set +f
  for file in "$base"/*.lock; do
    [ -f "$file" ] && [ ! -L "$file" ] && ! control "$file" || continue
    said=$(head -c 1024 -- "$file")
    control "$said" && said=
    printf 'lock\\t%s\\t%s\\n' "$file" "$said"
  done
  set -f
done
true`

/** Looks for folders, cgroups and locks on a host that have names of ours; folders of other people are told apart. */
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
    lines.filter(([first, path]) => first === kind && path !== undefined && !hasControl(path))
  return {
    folders: of('folder')
      .map(([, path = '', seconds = '', trusted = '', said = '']) => ({
        path,
        name: nameOf(path),
        modified: Number(seconds) * 1e6,
        trusted: trusted === 'yes',
        marker: trusted === 'yes' ? parseSaid(said) : null,
      }))
      .filter(({ name }) => isOurName(name)),
    cgroups: of('cgroup')
      .map(([, path = '', seconds = '', procs = '']) => ({
        path,
        name: nameOf(path),
        modified: Number(seconds) * 1e6,
        empty: procs.trim() === '',
      }))
      .filter(({ name }) => isOurName(name)),
    policies: of('policy').map(([, path = '', seconds = '', campaign = '']) => ({
      path,
      campaign,
      modified: Number(seconds) * 1e6,
    })),
    locks: of('lock').map(([, path = '', said = '']) => ({ path, content: parseSaid(said) })),
  }
}

/** JSON may hold control characters by their codes; what is ours has none. */
function parseSaid(text: string): LockContent | null {
  const said = parseLock(text)
  return said === null || [said.owner, said.campaign, said.run].some(hasControl) ? null : said
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
