import { JoulemarkError } from '../../model/error.ts'
import type { Host } from '../../model/target.ts'
import { ourPath, refuse, text } from './arguments.ts'
import type { Remover } from './remover.ts'

type StopOptions = NonNullable<Parameters<Host['stop']>[1]>
const SIGNALS = ['TERM', 'INT', 'QUIT'] as const

/** Ends a detached process and its group. args: dir, name; signal and graceSeconds where TERM and the default do not do. */
export const detached: Remover = async context => {
  const { host, args } = context
  const dir = ourPath(context, 'detached', text(context, 'detached', 'dir'))
  const name = text(context, 'detached', 'name')
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw refuse('detached', `${JSON.stringify(name)} is no name of ours`)
  const ref = { host: host.id, dir, name }
  const signal = SIGNALS.find(item => item === args['signal'])
  const options: StopOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(typeof args['graceSeconds'] === 'number' ? { graceSeconds: args['graceSeconds'] } : {}),
  }
  const before = await host.status(ref)
  await host.stop(ref, options)
  if (before.state !== 'running') return 'was-gone'
  const after = await host.status(ref)
  if (after.state !== 'running') return 'removed'
  throw new JoulemarkError({
    code: 'still-running',
    message: `process ${after.pid} (${name}) on host ${host.id} does not end`,
    exit: 'leftBehind',
    hint: `end process ${after.pid} by hand`,
  })
}
