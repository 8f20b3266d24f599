import { posix } from 'node:path'
import { JoulemarkError } from '../../model/error.ts'
import type { Host } from '../../model/target.ts'
import type { PrivateDir } from '../../model/workload.ts'
import { must, script } from '../on-host.ts'
import { factsOf } from './facts-of.ts'
import type { DeployState } from './input.ts'

type Way = (argv: readonly string[]) => readonly string[]

/** Programs that start another one as a user, best first: setpriv keeps the process id and opens no session. */
const waysTo = (user: string, group: string): readonly Way[] => [
  argv => ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--init-groups', '--', ...argv],
  argv => ['runuser', '-u', user, '--', ...argv],
  argv => ['su', '-s', '/bin/sh', '-c', 'exec "$0" "$@"', '--', user, ...argv],
]

/** See DeployContext.asUser. Errors: `no-way-to-user` when the host has none of the programs for it. */
export async function asUser(
  state: DeployState,
  o: { readonly host: Host; readonly user: string | null; readonly argv: readonly string[] },
): Promise<readonly string[]> {
  const { host, user, argv } = o
  if (user === null) return argv
  const key = `${host.id} ${user}`
  const way = state.ways.get(key) ?? (await findWay(host, user))
  state.ways.set(key, way)
  return way(argv)
}

async function findWay(host: Host, user: string): Promise<Way> {
  const group = await must(host, `look up user ${user}`, ['id', '-g', user])
  for (const way of waysTo(user, group.stdout.trim()))
    if ((await host.exec(script('"$@"', ...way(['true'])))).code === 0) return way
  throw new JoulemarkError({
    code: 'no-way-to-user',
    message: `host ${host.id} has no way to start a program as user ${user}`,
    exit: 'unreachable',
    hint: 'install util-linux there (setpriv)',
  })
}

async function firstUser(host: Host, users: readonly string[]): Promise<string | null> {
  const exit = await host.exec(
    script(
      'for user; do id -u -- "$user" >/dev/null 2>&1 && { printf %s "$user"; break; }; done; true',
      ...users,
    ),
  )
  return exit.stdout === '' ? null : exit.stdout
}

/** Folders beside the run's own in which that user can reach what belongs to him. */
async function reachableBase(state: DeployState, host: Host, user: string): Promise<string> {
  for (const base of new Set([posix.dirname(state.input.workDir(host)), '/var/tmp', '/tmp'])) {
    const argv = await asUser(state, { host, user, argv: ['test', '-x', base] })
    if ((await host.exec(script('"$@"', ...argv))).code === 0) return base
  }
  throw new JoulemarkError({
    code: 'no-private-dir',
    message: `host ${host.id}: user ${user} can't enter any folder that has room for our files`,
    exit: 'unreachable',
    hint: 'let others enter (mode o+x) the folder in which the files of a run lie',
  })
}

/** See DeployContext.privateDir. It is ours until the workload hands it over: what root writes into a folder of somebody else lands where he likes. */
export async function privateDir(
  state: DeployState,
  o: { readonly host: Host; readonly id: string; readonly users: readonly string[] },
): Promise<PrivateDir> {
  const { host, id } = o
  const user = factsOf(state.input, host).user.root ? await firstUser(host, o.users) : null
  const path =
    user === null
      ? `${state.input.workDir(host)}/${id}`
      : `${await reachableBase(state, host, user)}/${state.input.name}-${host.id}-${id}`
  if (user !== null)
    await state.input.ledger({ host: host.id, remover: 'directory', args: { path }, what: `folder of ${id}` })
  await must(host, 'make a folder', script('mkdir -m 0700 -- "$1"', path))
  return { path, user }
}
