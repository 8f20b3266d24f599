import { JoulemarkError } from '../model/error.ts'
import { resolveHops } from '../transport/ssh/resolve.ts'
import { openSshDoor } from '../transport/ssh/ssh-door.ts'
import { makeHost } from './host.ts'
import { askOnce, becomeRoot, makeTarget, systemNow, type TargetKind } from './kind.ts'

/** Hosts that are reached over SSH. Host keys are always checked. */
export const ssh: TargetKind = {
  id: 'ssh',
  title: 'Hosts over SSH',
  about:
    'One or more hosts reached over SSH, through jump hosts if need be. Nothing needs to be installed there beforehand.',
  async connect(request) {
    const { connection, env, readSecret } = request
    const prompt = askOnce(request.prompt)
    if (connection.kind !== 'ssh') throw new TypeError('a target of kind ssh needs a connection of kind ssh')
    const become = becomeRoot(request, connection.becomePassword)
    const doors = request.planned.hosts.map(({ id, roles }) => {
      const way = connection.hosts[id]
      if (way === undefined)
        throw new JoulemarkError({
          code: 'no-connection',
          message: `nothing says how host ${id} is reached`,
          exit: 'usage',
        })
      const door = openSshDoor({ resolve: () => resolveHops(way, { env }), readSecret, prompt })
      return { door, host: makeHost({ id, roles, door, become, now: request.now ?? systemNow }) }
    })
    return makeTarget(
      request,
      doors.map(({ host }) => host),
      async () => {
        for (const { door } of doors) await door[Symbol.asyncDispose]()
      },
    )
  },
}
