import { userInfo } from 'node:os'
import { openLocalDoor } from '../transport/local-door.ts'
import { makeHost } from './host.ts'
import { becomeRoot, makeTarget, systemNow, type TargetKind } from './kind.ts'

/** The controller's own machine. Every host of the plan is it. */
export const local: TargetKind = {
  id: 'local',
  title: 'This machine',
  about:
    'The machine that Joulemark itself runs on. Its own work is inside the measured boundary, and is stated.',
  async connect(request) {
    const door = openLocalDoor({ env: request.env, user: userInfo().username })
    const become = becomeRoot(request, request.connection.becomePassword)
    const hosts = request.planned.hosts.map(({ id, roles }) =>
      makeHost({ id, roles, door, become, now: request.now ?? systemNow }),
    )
    return makeTarget(request, hosts, async () => door[Symbol.asyncDispose]())
  },
}
