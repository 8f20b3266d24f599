import { cgroup } from './cgroup.ts'
import { detached } from './detached.ts'
import { directory } from './directory.ts'
import { file } from './file.ts'
import { lock } from './lock.ts'
import { packages } from './packages.ts'
import type { Remover } from './remover.ts'

/** All removers by the id that ledger lines name. */
export const removers: ReadonlyMap<string, Remover> = new Map<string, Remover>([
  ['cgroup', cgroup],
  ['detached', detached],
  ['directory', directory],
  ['file', file],
  ['lock', lock],
  ['packages', packages],
])
