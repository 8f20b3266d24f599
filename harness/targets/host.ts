import type { Host, Role } from '../model/target.ts'
import { type BecomeRoot, makeOpener } from '../transport/become.ts'
import { probeClock } from '../transport/clock.ts'
import { makeDetacher } from '../transport/detach.ts'
import type { Door } from '../transport/door.ts'
import { execOn } from '../transport/exec.ts'
import { fetchFile } from '../transport/fetch.ts'
import { putFiles } from '../transport/put.ts'
import { readFacts } from './facts.ts'

export interface HostParts {
  readonly id: string
  readonly roles: readonly Role[]
  readonly door: Door
  readonly become: BecomeRoot
  /** Controller's wall clock, µs. */
  readonly now: () => number
}

/** A host behind a door: the same for every kind of target. */
export function makeHost({ id, roles, door, become, now }: HostParts): Host {
  const opener = makeOpener(door, become, id)
  return {
    id,
    roles,
    exec: (argv, options) => execOn(opener, id, argv, options),
    put: (files, dir) => putFiles(opener, id, files, dir),
    fetch: (path, maxBytes, signal) =>
      fetchFile({ opener, hostId: id, path, maxBytes, signal, mayBecome: become.kind === 'sudo' }),
    ...makeDetacher(opener, id),
    clock: () => probeClock(opener, id, now),
    facts: probePaths => readFacts(opener, id, probePaths),
    hush: () => door.hush(),
    link: () => door.link(),
  }
}
