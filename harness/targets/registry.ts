import { JoulemarkError } from '../model/error.ts'
import type { Target } from '../model/target.ts'
import type { ConnectRequest, TargetKind } from './kind.ts'
import { kubernetes } from './kubernetes.ts'
import { local } from './local.ts'
import { ssh } from './ssh.ts'

/** Kinds of target by id, sorted. */
export const targetKinds: ReadonlyMap<string, TargetKind> = new Map(
  [kubernetes, local, ssh].map(kind => [kind.id, kind]),
)

/** Connects a planned target; its connections are made when they are first needed. Dispose of it to close them. */
export async function connectTarget(request: ConnectRequest): Promise<Target> {
  const kind = targetKinds.get(request.connection.kind)
  if (kind === undefined)
    throw new JoulemarkError({
      code: 'unknown-target-kind',
      message: `there is no target kind ${request.connection.kind}; there are ${[...targetKinds.keys()].join(', ')}`,
      exit: 'usage',
    })
  return kind.connect(request)
}

export type { ConnectRequest, TargetKind }
