import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Host } from '../../harness/model/target.ts'
import { makeHost } from '../../harness/targets/host.ts'
import { openLocalDoor } from '../../harness/transport/local-door.ts'

const run = promisify(execFile)
const SOURCES = '/etc/apt/sources.list.d/debian.sources'

/** A small Debian of its own, in which packages can be installed without touching this machine. Needs root and mmdebstrap. */
export interface ChrootHost extends AsyncDisposable {
  readonly root: string
  readonly host: Host
}

export async function chrootHost(): Promise<ChrootHost> {
  const root = await mkdtemp(join(tmpdir(), 'jm-root-'))
  const dispose = async () => {
    for (const mount of [join(root, 'proc'), root]) await run('umount', ['-l', mount]).catch(() => {})
    await rm(root, { recursive: true, force: true })
  }
  try {
    await run('mmdebstrap', ['--variant=minbase', '--quiet', 'bookworm', root, SOURCES], { timeout: 600_000 })
    for (const file of ['/etc/resolv.conf', '/etc/hosts'])
      await cp(file, join(root, file), { dereference: true })
    for (const name of await readdir('/etc/apt/apt.conf.d'))
      await cp(`/etc/apt/apt.conf.d/${name}`, join(root, 'etc/apt/apt.conf.d', name))
    // Its / is a mount point, as on a real machine.
    await run('mount', ['--bind', root, root])
    await run('mount', ['-t', 'proc', 'proc', join(root, 'proc')])
  } catch (error) {
    await dispose()
    throw error
  }
  const door = openLocalDoor({ env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }, user: 'root' })
  const host = makeHost({
    id: 'chroot',
    roles: ['sut', 'loadgen'],
    door: { ...door, open: argv => door.open(['chroot', root, ...argv]) },
    become: { kind: 'none', password: null },
    now: () => Date.now() * 1000,
  })
  return {
    root,
    host,
    [Symbol.asyncDispose]: async () => {
      await door[Symbol.asyncDispose]()
      await dispose()
    },
  }
}
