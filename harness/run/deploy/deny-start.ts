import type { Host } from '../../model/target.ts'
import { asNeeded, script } from '../on-host.ts'
import { factsOf } from './facts-of.ts'
import type { DeployState } from './input.ts'

const POLICY = '/usr/sbin/policy-rc.d'
// Denied by exit code 101, as invoke-rc.d(8) and deb-systemd-invoke ask it.
const STATE = `
[ -e "$1" ] || [ -L "$1" ] || { echo none; exit 0; }
"$1" nginx start >/dev/null 2>&1; [ $? = 101 ] && echo denies || echo allows`
// A link needs both names on one file system, and fails where somebody's policy has appeared. Placed and taken away by the detached command
// itself: a controller that dies meanwhile leaves no policy.
const UNDER_POLICY = `ours=$1 beside=$2 policy=$3
shift 3
away() { [ "$beside" -ef "$policy" ] && rm -f -- "$policy"; rm -f -- "$beside"; }
trap away EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp -- "$ours" "$beside" && chmod 0755 -- "$beside" && ln -- "$beside" "$policy" || { echo "$policy could not be placed"; exit 1; }
"$@"
exit $?`
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

/** argv that runs argv while our policy stands there; the policy goes with its end, however it ends short of a kill. */
export const underPolicy = (
  o: { readonly ours: string; readonly beside: string; readonly policy: string },
  argv: readonly string[],
): readonly string[] => script(UNDER_POLICY, o.ours, o.beside, o.policy, ...argv)

async function placed(state: DeployState, host: Host, ours: string): Promise<Denial> {
  const beside = `${POLICY}.${state.input.name}`
  await state.input.ledger({
    host: host.id,
    remover: 'file',
    args: { path: POLICY },
    what: 'policy that keeps services from starting while packages are installed',
  })
  await state.input.ledger({ host: host.id, remover: 'file', args: { path: beside }, what: 'its first name' })
  return {
    wrap: argv => underPolicy({ ours, beside, policy: POLICY }, argv),
    [Symbol.asyncDispose]: async () => {},
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
