import type { HostFacts } from '../model/target.ts'

interface Mount {
  /** `unified` for v2. */
  readonly controllers: readonly string[]
  /** Folder of the hierarchy that is mounted here. */
  readonly root: string
  readonly path: string
}

/** mountinfo, /proc/self/cgroup and the list of tried folders → where cgroups are, where we are, where one may be made. */
export function parseCgroups(mountinfo: string, own: string, writable: string): HostFacts['cgroup'] {
  const found = mountinfo.split('\n').flatMap(parseMount)
  const has1 = found.some(mount => !mount.controllers.includes('unified'))
  const has2 = found.some(mount => mount.controllers.includes('unified'))
  const mounts: Record<string, string> = {}
  const ownPaths: Record<string, string> = {}
  for (const mount of found)
    for (const controller of mount.controllers) {
      mounts[controller] ??= mount.path
      const path = ownPath(own, controller)
      if (path !== null) ownPaths[controller] ??= below(mount, path)
    }
  return {
    version: has1 && has2 ? 'hybrid' : has1 ? '1' : has2 ? '2' : 'none',
    mounts,
    own: ownPaths,
    writable: parseWritable(writable),
  }
}

/** Options of a v1 mount that are no controllers. */
const OPTIONS = new Set([
  'rw',
  'ro',
  'xattr',
  'clone_children',
  'noprefix',
  'release_agent',
  'cpuset_v2_mode',
  'favordynmods',
])

/** `36 31 0:32 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu` (proc(5), mountinfo). */
function parseMount(line: string): Mount[] {
  const [left = '', right = ''] = line.split(' - ')
  const [, , , root, path] = left.split(' ')
  const [type, , options = ''] = right.split(' ')
  if (root === undefined || path === undefined) return []
  if (type === 'cgroup2') return [{ controllers: ['unified'], root: unescape(root), path: unescape(path) }]
  if (type !== 'cgroup') return []
  return [{ controllers: controllersOf(options), root: unescape(root), path: unescape(path) }]
}

const controllersOf = (options: string): string[] =>
  options.split(',').filter(option => !OPTIONS.has(option) && !option.includes('agent='))

/** mountinfo writes space, tab, newline and backslash as octal. */
const unescape = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

function ownPath(own: string, controller: string): string | null {
  for (const line of own.split('\n')) {
    const [, id, names, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (id === undefined || names === undefined || path === undefined) continue
    if (controller === 'unified' ? id === '0' && names === '' : names.split(',').includes(controller))
      return path
  }
  return null
}

/** Our folder's absolute path; a mount of a part of the hierarchy shows only what is below its root. */
function below(mount: Mount, path: string): string {
  const inside = mount.root !== '/' && path.startsWith(mount.root) ? path.slice(mount.root.length) : path
  return `${mount.path}${inside === '/' ? '' : inside}`
}

/** Lines `cgroup rw,cpu /sys/fs/cgroup/cpu` or `cgroup2 rw /sys/fs/cgroup`. */
function parseWritable(text: string): Record<string, string> {
  const writable: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const [, type, options = '', path = ''] = /^(cgroup2?) (\S+) (.+)$/.exec(line) ?? []
    if (type === undefined) continue
    for (const controller of type === 'cgroup2' ? ['unified'] : controllersOf(options))
      writable[controller] ??= unescape(path)
  }
  return writable
}
