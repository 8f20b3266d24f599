import { cgroup } from './cgroup.ts'
import { detached } from './detached.ts'
import { directory } from './directory.ts'
import { file } from './file.ts'
import { kubernetes } from './kubernetes.ts'
import { lock } from './lock.ts'
import { packages } from './packages.ts'
import type { ClusterRemoverContext, Removed, Remover } from './remover.ts'

/** All removers by the id that ledger lines name. */
export const removers: ReadonlyMap<string, Remover> = new Map<string, Remover>([
  ['cgroup', cgroup],
  ['detached', detached],
  ['directory', directory],
  ['file', file],
  ['lock', lock],
  ['packages', packages],
])

/** What lies in a cluster itself has one remover. */
export async function removeFromCluster(context: ClusterRemoverContext, remover: string): Promise<Removed> {
  if (remover === 'kubernetes') return kubernetes(context)
  throw new Error(`there is no remover ${remover} for a cluster`)
}
