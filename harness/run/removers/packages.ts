import { JoulemarkError } from '../../model/error.ts'
import { asNeeded, exitText, script } from '../on-host.ts'
import { refuse, text, texts } from './arguments.ts'
import type { Remover } from './remover.ts'

/**
 * How packages go and how one asks whether they are there, by package manager. The low-level tools are used: they refuse to remove what
 * something else has come to need, where the high-level ones would remove that as well.
 */
const MANAGERS: Readonly<Record<string, { readonly purge: string; readonly there: string }>> = {
  apt: {
    purge: 'DEBIAN_FRONTEND=noninteractive dpkg --purge -- "$@"',
    there: `dpkg-query -W -f='\${db:Status-Status}\\n' -- "$1" 2>/dev/null | grep -qv '^not-installed$'`,
  },
  dnf: { purge: 'rpm -e -- "$@"', there: 'rpm -q -- "$1" >/dev/null 2>&1' },
  zypper: { purge: 'rpm -e -- "$@"', there: 'rpm -q -- "$1" >/dev/null 2>&1' },
  apk: { purge: 'apk del -- "$@"', there: 'apk info -e -- "$1" >/dev/null 2>&1' },
}

/** Removes packages that we installed. args: manager, names, purge (only where it is `true` there and in the plan they are removed; else kept). */
export const packages: Remover = async context => {
  const manager = MANAGERS[text(context, 'packages', 'manager')]
  const names = texts(context, 'packages', 'names')
  if (manager === undefined) throw refuse('packages', 'the package manager is not known')
  if (!names.every(name => /^[A-Za-z0-9][A-Za-z0-9+.:_~-]*$/.test(name)))
    throw refuse('packages', 'a name is none of a package')
  if (context.args['purge'] !== true || !context.purge) return 'kept'
  const there = `there() { ${manager.there}; }\n`
  const left = `${there}set --; for name in $NAMES; do there "$name" && set -- "$@" "$name"; done`
  const purge = `NAMES=$1; ${left}
[ $# = 0 ] && { echo was-gone; exit 0; }
${manager.purge} >&2 || exit 1
${left}
[ $# = 0 ] && { echo removed; exit 0; }
echo "still there: $*" >&2; exit 1`
  const exit = await asNeeded(context.host, script(purge, names.join(' ')), { deadlineSeconds: 600 })
  if (exit.code === 0) return exit.stdout.includes('was-gone') ? 'was-gone' : 'removed'
  throw new JoulemarkError({
    code: 'packages-left',
    message: `packages ${names.join(', ')} on host ${context.host.id} can't be removed (${exitText(exit)})`,
    exit: 'leftBehind',
    hint: 'something else may need them by now; remove them with the package manager if not',
  })
}
