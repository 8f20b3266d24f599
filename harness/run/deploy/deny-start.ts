import type { Host } from '../../model/target.ts'
import { asNeeded, script } from '../on-host.ts'
import { factsOf } from './facts-of.ts'
import type { DeployState } from './input.ts'

const POLICY = '/usr/sbin/policy-rc.d'
// Denied by exit code 101, as invoke-rc.d(8) and deb-systemd-invoke ask it.
const STATE = `
[ -e "$1" ] || [ -L "$1" ] || { echo none; exit 0; }
"$1" nginx start >/dev/null 2>&1; [ $? = 101 ] && echo denies || echo allows`
const PLACE = 'ln -- "$1" "$2"'
const TAKE_AWAY = '[ "$1" -ef "$2" ] && rm -f -- "$2"; rm -f -- "$1"; [ ! -e "$1" ]'
const CAN_UNSHARE = 'command -v mount && unshare -m true'
const SHADOW = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'

/** Starting of services is denied as long as this is there. */
export interface Denial extends AsyncDisposable {
  /** argv that runs argv under the denial. */
  wrap(argv: readonly string[]): readonly string[]
}

/**
 * Keeps packages from starting their services while they are installed. Nobody else's policy is ever changed: where there is none, ours is
 * put there by a hard link (which fails when one appears); where one denies already, it does; one that allows is covered by ours for our
 * own process alone, in a mount namespace that ends with it. null: none of these can be had.
 */
export async function denyStart(state: DeployState, host: Host): Promise<Denial | null> {
  const asIs: Denial = { wrap: argv => argv, [Symbol.asyncDispose]: async () => {} }
  const before = (await asNeeded(host, script(STATE, POLICY))).stdout.trim()
  if (before === 'denies') return asIs
  const dir = `${state.input.workDir(host)}/policy`
  const content = `#!/bin/sh\n${state.input.fileMark}\nexit 101\n`
  await host.put([{ name: 'policy-rc.d', mode: 0o755, content }], dir)
  if (before === 'none') return placed(state, host, `${dir}/policy-rc.d`)
  return factsOf(state.input, host).workRootExec ? shadowed(host, `${dir}/policy-rc.d`) : null
}

async function placed(state: DeployState, host: Host, ours: string): Promise<Denial | null> {
  const beside = `${POLICY}.${state.input.name}`
  await state.input.ledger({
    host: host.id,
    remover: 'file',
    args: { path: POLICY },
    what: 'policy that keeps services from starting while packages are installed',
  })
  await state.input.ledger({ host: host.id, remover: 'file', args: { path: beside }, what: 'its first name' })
  // A link needs both names on one file system.
  const copy = await asRoot(host, script('cp -- "$1" "$2" && chmod 0755 -- "$2"', ours, beside))
  const linked = copy && (await asRoot(host, script(PLACE, beside, POLICY)))
  if (!linked) return null
  return {
    wrap: argv => argv,
    [Symbol.asyncDispose]: async () => {
      await asRoot(host, script(TAKE_AWAY, beside, POLICY))
    },
  }
}

async function shadowed(host: Host, ours: string): Promise<Denial | null> {
  if (!(await asRoot(host, script(CAN_UNSHARE)))) return null
  return {
    wrap: argv => ['unshare', '-m', ...script(SHADOW, ours, POLICY), ...argv],
    [Symbol.asyncDispose]: async () => {},
  }
}

const asRoot = async (host: Host, argv: readonly string[]): Promise<boolean> =>
  (await host.exec(argv, { become: true })).code === 0
