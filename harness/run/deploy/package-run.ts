import { setTimeout as sleep } from 'node:timers/promises'
import { JoulemarkError } from '../../model/error.ts'
import type { DetachedRef, Host } from '../../model/target.ts'
import { asNeeded, must, script } from '../on-host.ts'
import type { DeployState } from './input.ts'
import { MANAGERS, type PackageManager } from './package-managers.ts'
import { aptProxyConfig, shellProxyConfig } from './proxy-config.ts'

/** Getting lists and packages over a slow line, and waiting for another installation to end. */
const LONGEST_SECONDS = 1200
/** For a package manager that is told to end to come to an orderly stop. */
const GRACE_SECONDS = 120
const POLL_MILLIS = 500
const LIST_BYTES = 16_777_216
const MOST_NAMES = 5000

/** Runs a package manager's snippets on a host, as root, through the controller's proxies. */
export interface PackageRun {
  readonly manager: PackageManager
  /** Names that a snippet prints; none when it fails. */
  names(snippet: string, args: readonly string[]): Promise<readonly string[]>
  /**
   * Runs a long snippet detached, so that a lost connection does not stop it half way; `wrap` puts a command before it.
   * null: it succeeded; else how it failed.
   */
  long(o: {
    readonly id: string
    readonly snippet: string
    readonly args: readonly string[]
    readonly wrap: (argv: readonly string[]) => readonly string[]
  }): Promise<PackageFailure | null>
}

export interface PackageFailure {
  readonly code: number
  /** Its last words, without credentials; they may name proxies and mirrors, and are for nobody but the person at hand. */
  readonly said: string
}

/** Text without what URLs in it say before an `@` (RFC 3986, section 3.2.1). */
const withoutCredentials = (text: string): string => text.replace(/:\/\/[^\s/]*@/g, '://')

export const canBeRoot = (host: Host): Promise<boolean> =>
  host.exec(['true'], { become: true }).then(
    exit => exit.code === 0,
    () => false,
  )

/** The host's package manager; undefined: none that we know. */
export async function findManager(host: Host): Promise<PackageManager | undefined> {
  for (const manager of MANAGERS) if ((await host.exec(script(manager.present))).code === 0) return manager
  return undefined
}

// Proxy settings may hold a password: they are read from a file of mode 0600, never given as arguments.
const WITH_PROXY = `dir=$1; shift
[ -f "$dir/apt.conf" ] && { APT_CONFIG="$dir/apt.conf"; export APT_CONFIG; }
[ -f "$dir/proxy.sh" ] && . "$dir/proxy.sh"
`
const TO_FILE = 'out=$1; shift; exec "$@" >"$out" 2>&1'

/** Puts the proxy settings there; they go with the disposal, or with the run's folder. */
export async function packageRun(
  state: DeployState,
  host: Host,
  manager: PackageManager,
): Promise<PackageRun & AsyncDisposable> {
  const dir = `${state.input.workDir(host)}/packages`
  await must(host, 'make a folder', script('umask 077; mkdir -p -- "$1"', dir))
  const env = state.input.env ?? process.env
  const files = [
    { name: 'apt.conf', content: manager.name === 'apt' ? aptProxyConfig(env) : null },
    { name: 'proxy.sh', content: manager.name === 'apt' ? null : shellProxyConfig(env) },
  ].flatMap(({ name, content }) => (content === null ? [] : [{ name, content, mode: 0o600 }]))
  if (files.length > 0) await host.put(files, dir)
  return {
    manager,
    names: async (snippet, args) => {
      const exit = await asNeeded(host, script(`${WITH_PROXY}${snippet}`, dir, ...args), {
        deadlineSeconds: 120,
        maxBytes: LIST_BYTES,
      })
      const names = exit.stdout.split('\n').filter(name => /^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name))
      return exit.code === 0 ? names.slice(0, MOST_NAMES) : []
    },
    long: async o => {
      const ref: DetachedRef = { host: host.id, dir: `${dir}/${o.id}`, name: o.id }
      await must(host, 'make a folder', script('umask 077; mkdir -p -- "$1"', ref.dir))
      const log = `${ref.dir}/log`
      const argv = o.wrap(script(`${WITH_PROXY}${o.snippet}`, dir, ...o.args))
      await state.input.ledger({
        host: host.id,
        remover: 'detached',
        args: { dir: ref.dir, name: ref.name, graceSeconds: GRACE_SECONDS },
        what: `package manager (${o.id})`,
      })
      await host.start(ref, script(TO_FILE, log, ...argv), { lifeSeconds: LONGEST_SECONDS, become: true })
      const code = await ended(host, ref)
      if (code === 0) return null
      // Whole lines: of half a URL it could not be told what is a password.
      const tail = await asNeeded(host, ['tail', '-n', '15', log])
      return { code, said: withoutCredentials(tail.stdout.trim()) }
    },
    [Symbol.asyncDispose]: async () => {
      await host.exec(script('rm -f -- "$1/apt.conf" "$1/proxy.sh"', dir))
    },
  }
}

/** Waits for its end even when the run is being stopped: a half-done installation is worse than a late stop. */
async function ended(host: Host, ref: DetachedRef): Promise<number> {
  const deadline = performance.now() + (LONGEST_SECONDS + GRACE_SECONDS) * 1000
  for (;;) {
    const status = await host.status(ref)
    if (status.state === 'exited') return status.code
    if (status.state === 'gone' || performance.now() > deadline)
      throw new JoulemarkError({
        code: 'install-lost',
        message: `host ${host.id}: the package manager did not end in good order`,
        exit: 'unreachable',
        hint: 'look at its state there, e.g. with `dpkg --audit`',
      })
    await sleep(POLL_MILLIS)
  }
}
