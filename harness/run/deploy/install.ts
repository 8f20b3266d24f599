import type { Host } from '../../model/target.ts'
import type { ToolNeed } from '../../model/workload.ts'
import { denyStart } from './deny-start.ts'
import type { DeployState } from './input.ts'
import { canBeRoot, findManager, type PackageFailure, type PackageRun, packageRun } from './package-run.ts'

/** null: installed; else why it could not be, for people. */
export type InstallOutcome = string | null

/**
 * Installs the packages of a tool with starting of services denied, and notes exactly what was not there before. Only what was to come goes again:
 * somebody else may have installed the rest meanwhile.
 */
export async function install(state: DeployState, host: Host, tool: ToolNeed): Promise<InstallOutcome> {
  if (!(await canBeRoot(host)))
    return 'installing needs root: set `become: sudo` for the target, or install it there'
  const manager = await findManager(host)
  const names = manager === undefined ? undefined : tool.packages?.[manager.name]
  if (manager === undefined || names === undefined)
    return 'its package is not known for that system: install it there'
  await using run = await packageRun(state, host, manager)
  const before = new Set(await run.names(manager.list, []))
  const coming = await whatComes(state, host, run, names)
  if (coming.length === 0) return `the package lists of that system do not offer ${names.join(', ')}`
  const fresh = coming.filter(name => !before.has(name))
  const { purge } = state.input
  await ledgerPackages(state, host, { run, names: fresh, purge, what: 'packages' })
  state.input.progress(`install ${names.join(', ')} on ${host.id}`)
  const outcome = await installDenied(state, host, run, names)
  const made = (await run.names(manager.list, [])).filter(name => !before.has(name)).sort()
  const ours = made.filter(name => fresh.includes(name))
  const rest = made.filter(name => !fresh.includes(name))
  await ledgerPackages(state, host, { run, names: rest, purge: false, what: 'packages that came meanwhile' })
  for (const [came, kept] of [
    [ours, !purge],
    [rest, true],
  ] as const)
    if (came.length > 0) state.installed.push({ host: host.id, manager: manager.name, names: came, kept })
  return outcome
}

/** Names of the packages that would be installed; gets the lists first where the host has none or old ones. */
async function whatComes(
  state: DeployState,
  host: Host,
  run: PackageRun,
  names: readonly string[],
): Promise<readonly string[]> {
  const { manager } = run
  const known = await run.names(manager.simulate, names)
  if (known.length > 0) return known
  state.input.progress(`get package lists on ${host.id}`)
  await run.long({ id: 'update', snippet: manager.update, args: [], wrap: argv => argv })
  return run.names(manager.simulate, names)
}

async function installDenied(
  state: DeployState,
  host: Host,
  run: PackageRun,
  names: readonly string[],
): Promise<InstallOutcome> {
  const { manager } = run
  const request = { id: 'install', snippet: manager.install, args: names }
  const outcome = (failure: PackageFailure | null): InstallOutcome => outcomeOf(state, host, failure)
  if (!manager.startsServices) return outcome(await run.long({ ...request, wrap: argv => argv }))
  await using denial = await denyStart(state, host)
  if (denial === null)
    return 'a policy-rc.d of that system lets services start, and it can not be covered for a moment: install it there'
  const first = await run.long({ ...request, wrap: argv => denial.wrap(argv) })
  if (first === null || !/Unable to fetch|404 +Not Found/.test(first.said)) return outcome(first)
  // The lists are older than the archive: get them anew, once.
  await run.long({ id: 'update-again', snippet: manager.update, args: [], wrap: argv => argv })
  return outcome(await run.long({ ...request, id: 'install-again', wrap: argv => denial.wrap(argv) }))
}

/** An outcome goes into the archive: what the package manager said is told to the person at hand and to the log alone. */
function outcomeOf(state: DeployState, host: Host, failure: PackageFailure | null): InstallOutcome {
  if (failure === null) return null
  for (const line of failure.said.split('\n').filter(text => text !== ''))
    state.input.progress(`package manager on ${host.id}: ${line}`)
  return `the package manager failed, exit ${failure.code}; state/log.ndjson has what it said`
}

async function ledgerPackages(
  state: DeployState,
  host: Host,
  o: {
    readonly run: PackageRun
    readonly names: readonly string[]
    readonly purge: boolean
    readonly what: string
  },
): Promise<void> {
  const { run, names, purge } = o
  if (names.length === 0) return
  await state.input.ledger({
    host: host.id,
    remover: 'packages',
    args: { manager: run.manager.name, names: [...names], purge },
    what: `${o.what} ${names.join(', ')}`,
  })
}
