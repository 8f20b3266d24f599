import { JoulemarkError } from '../../model/error.ts'
import { asNeeded, exitText, script } from '../on-host.ts'
import { ourPath, refuse, texts } from './arguments.ts'
import type { Remover } from './remover.ts'

const NOT_A_CGROUP = 3
// Members are told to end, waited for, then killed; rmdir takes only empty cgroups, the deepest first. Anybody can make a folder with a name of
// ours and write process ids into it: only those on a file system of cgroups (CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC of linux/magic.h) are read.
const REMOVE = `
found=no
members() { find "$@" -type d -exec cat {}/cgroup.procs \\; 2>/dev/null | sort -u; }
for dir; do
  [ -d "$dir" ] || continue
  found=yes
  case $(stat -f -c %t -- "$dir") in 63677270 | 27e0eb) ;; *) exit ${NOT_A_CGROUP} ;; esac
done
[ $found = no ] && { echo was-gone; exit 0; }
for dir; do for pid in $(members "$dir"); do kill -TERM "$pid" 2>/dev/null; done; done
for try in 1 2 3 4 5 6 7 8; do
  left=
  for dir; do left="$left$(members "$dir")"; done
  [ -z "$left" ] && break
  [ $try -ge 3 ] && for dir; do for pid in $(members "$dir"); do kill -KILL "$pid" 2>/dev/null; done; done
  sleep 1
done
for dir; do find "$dir" -depth -type d -exec rmdir {} \\; 2>/dev/null; done
for dir; do [ -d "$dir" ] && { printf '%s is still there\\n' "$dir" >&2; exit 1; }; done
echo removed`

/** Removes cgroups of ours, with the processes that are left in them. args: paths (a list, or controller → path). */
export const cgroup: Remover = async context => {
  const paths = texts(context, 'cgroup', 'paths').map(path => ourPath(context, 'cgroup', path))
  const exit = await asNeeded(context.host, script(REMOVE, ...paths))
  if (exit.code === 0) return exit.stdout.includes('was-gone') ? 'was-gone' : 'removed'
  if (exit.code === NOT_A_CGROUP)
    throw refuse('cgroup', `${paths.join(', ')}: not on a file system of cgroups`)
  throw new JoulemarkError({
    code: 'cgroup-left',
    message: `cgroup of host ${context.host.id} can't be removed (${exitText(exit)})`,
    exit: 'leftBehind',
    hint: `look at the processes in ${paths[0]}/cgroup.procs`,
  })
}
