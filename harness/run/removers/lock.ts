import { releaseLock } from '../locks.ts'
import { refuse, text } from './arguments.ts'
import type { Remover } from './remover.ts'

/** Gives a machine's lock back, if it is still the owner's. args: path, owner. */
export const lock: Remover = async context => {
  const path = text(context, 'lock', 'path')
  const owner = text(context, 'lock', 'owner')
  if (!/^(\/[A-Za-z0-9._-]+)+\/[A-Za-z0-9-]+\.lock$/.test(path) || path.split('/').includes('..'))
    throw refuse('lock', `${JSON.stringify(path)} is no lock of ours`)
  if (!/^[A-Za-z0-9._-]+$/.test(owner)) throw refuse('lock', 'the owner is no name of ours')
  return releaseLock(context.host, { path, owner })
}
