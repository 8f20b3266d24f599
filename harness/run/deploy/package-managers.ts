import type { ToolNeed } from '../../model/workload.ts'

export type ManagerName = keyof NonNullable<ToolNeed['packages']>

/** A package manager, as shell snippets. "$@" are package names; APT_CONFIG and proxies are set by the caller. */
export interface PackageManager {
  readonly name: ManagerName
  /** Exit 0 when this is the host's. */
  readonly present: string
  /** Names of installed packages, one a line. */
  readonly list: string
  /** Names of what would be installed anew, one a line; non-zero: it can't be (packages or lists missing). */
  readonly simulate: string
  /** Gets the lists of packages. */
  readonly update: string
  readonly install: string
  /** Installing starts services unless a policy denies it. */
  readonly startsServices: boolean
}

const APT_QUIET = '-o DPkg::Lock::Timeout=300 -o APT::Install-Recommends=false -o Dpkg::Use-Pty=0'

/**
 * apt, first: the only one whose packages start daemons on installing. The others keep a unit off until it is enabled. dnf and zypper
 * can't say cheaply and exactly what they would install; there only what was asked for can go again, and the rest of the difference of the
 * lists is ledgered right after, to stay.
 */
export const MANAGERS: readonly PackageManager[] = [
  {
    name: 'apt',
    present: 'command -v apt-get && command -v dpkg-query',
    list: `dpkg-query -W -f='\${db:Status-Status} \${Package}\\n' | sed -n 's/^installed //p'`,
    simulate: `apt-get -s ${APT_QUIET} install -- "$@" | sed -n 's/^Inst \\([^ ]*\\) (.*/\\1/p' | sed 's/:.*//'`,
    update: `apt-get -q ${APT_QUIET} update`,
    install: `DEBIAN_FRONTEND=noninteractive apt-get -q -y ${APT_QUIET} -o Dpkg::Options::=--force-confold install -- "$@" </dev/null`,
    startsServices: true,
  },
  {
    name: 'apk',
    present: 'command -v apk',
    list: 'apk info -q',
    simulate: `apk add -s -q -- "$@" | sed -n 's/^([0-9/]*) Installing \\([^ ]*\\) .*/\\1/p'`,
    update: 'apk update -q',
    install: 'apk add -q --wait 300 -- "$@"',
    startsServices: false,
  },
  {
    name: 'dnf',
    present: 'command -v dnf && command -v rpm',
    list: `rpm -qa --qf '%{NAME}\\n'`,
    simulate: 'printf "%s\\n" "$@"',
    update: 'true',
    install: 'dnf -q -y --setopt=install_weak_deps=False install -- "$@" </dev/null',
    startsServices: false,
  },
  {
    name: 'zypper',
    present: 'command -v zypper && command -v rpm',
    list: `rpm -qa --qf '%{NAME}\\n'`,
    simulate: 'printf "%s\\n" "$@"',
    update: 'zypper -n -q refresh',
    install: 'ZYPP_LOCK_TIMEOUT=300 zypper -n -q install --no-recommends -- "$@" </dev/null',
    startsServices: false,
  },
]
