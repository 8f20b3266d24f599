import type { Service } from '../../model/collector.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { Host } from '../../model/target.ts'
import { must, script } from '../on-host.ts'
import { planCgroup } from './cgroup-plan.ts'
import { factsOf } from './facts-of.ts'
import type { DeployState, PreparedService } from './input.ts'

// All or none: what was made is taken away again when one can't be. A folder that exists belongs to somebody else.
const MAKE = `
made=
for dir; do
  if mkdir -- "$dir" && [ -w "$dir/cgroup.procs" ]; then made="$dir $made"; else
    rmdir -- "$dir" 2>/dev/null; for dir in $made; do rmdir -- "$dir"; done; exit 1
  fi
done`

const keyOf = (host: Host, id: string): string => `${host.id} ${id}`

/** Makes folder and cgroup of a service that is about to start. */
export async function prepare(state: DeployState, host: Host, id: string): Promise<PreparedService> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw new JoulemarkError({ code: 'service-id', message: `${JSON.stringify(id)} is no id of a service` })
  const { input } = state
  const dir = `${input.workDir(host)}/service-${id}`
  await must(host, 'make a folder', script('umask 077; mkdir -p -- "$1"', dir))
  const common = { pidFile: `${dir}/main.pid`, dir }
  // A pod has a cgroup of its own already.
  if (input.pods !== undefined) return { ...common, join: [], cgroup: null }
  const plan = planCgroup(factsOf(input, host), `${input.name}-${host.id}-${id}`)
  if (plan === null) return { ...common, join: [], cgroup: null }
  const paths = [...new Set(Object.values(plan.paths))]
  await input.ledger({
    host: host.id,
    remover: 'cgroup',
    args: { paths: plan.paths },
    what: `cgroup of ${id}`,
  })
  const exit = await host.exec(script(MAKE, ...paths))
  return exit.code === 0 ? { ...common, join: paths, cgroup: plan } : { ...common, join: [], cgroup: null }
}

/** See DeployContext.loadService. */
export async function loadService(state: DeployState, host: Host, id: string): Promise<Service> {
  const prepared = await prepare(state, host, id)
  state.prepared.set(keyOf(host, id), prepared)
  if (state.input.pods !== undefined) return state.input.pods.watch(host, id)
  if (prepared.cgroup !== null) return { id, host: host.id, watch: { by: 'cgroup', ...prepared.cgroup } }
  state.input.finding({ code: 'CHILDREN_LOST', host: host.id, values: { service: id } })
  return { id, host: host.id, watch: { by: 'tree', pidFile: prepared.pidFile } }
}

/** What loadService prepared under that id, else prepared now. */
export async function takePrepared(state: DeployState, host: Host, id: string): Promise<PreparedService> {
  const prepared = state.prepared.get(keyOf(host, id))
  state.prepared.delete(keyOf(host, id))
  return prepared ?? (await prepare(state, host, id))
}
