import type { DetachedRef, Host } from '../../model/target.ts'
import type { DeployContext } from '../../model/workload.ts'
import type { DeployState } from './input.ts'
import { joined } from './join.ts'
import { takePrepared } from './prepare.ts'

type LaunchOptions = Parameters<DeployContext['launch']>[3]

/** See DeployContext.launch. */
export async function launch(
  state: DeployState,
  o: {
    readonly host: Host
    readonly id: string
    readonly argv: readonly string[]
    readonly options: LaunchOptions
  },
): Promise<DetachedRef> {
  const { host, id, options } = o
  const prepared = await takePrepared(state, host, id)
  const ref: DetachedRef = { host: host.id, dir: prepared.dir, name: id }
  await state.input.ledger({
    host: host.id,
    remover: 'detached',
    args: { dir: ref.dir, name: ref.name },
    what: `load program ${id}`,
  })
  await host.start(ref, joined(prepared, o.argv), {
    lifeSeconds: options.lifeSeconds,
    cwd: options.cwd ?? options.dir,
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  return ref
}
