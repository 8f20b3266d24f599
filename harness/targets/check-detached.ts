import { setTimeout as wait } from 'node:timers/promises'
import type { DetachedRef, Host, HostLink, PutFile } from '../model/target.ts'
import type { CheckItem } from './check-item.ts'

/** Until then the proof ends by itself; its folder may be reaped after it. */
const LIFE_SECONDS = 60
/** A login manager ends what a login leaves behind a moment after the connection has gone. */
const AWAY_MS = 1000

export interface ProofFolder {
  readonly dir: string
  /** What says whose the folder is. */
  readonly files: readonly PutFile[]
}

export interface DetachedLook {
  readonly host: Host
  readonly link: HostLink
  /** Names the folder of the proof; it may go after `expires`, µs of the host's wall clock. */
  readonly folder: (expires: number) => ProofFolder
}

/** Starts a process, lets the connection go, comes back, finds the same process and ends it: what a recorder must survive. Leaves nothing behind. */
export async function detachedItem({ host, link, folder }: DetachedLook): Promise<CheckItem> {
  const { dir, files } = folder((await host.clock()).wall + LIFE_SECONDS * 1e6)
  const ref: DetachedRef = { host: host.id, dir, name: 'proof' }
  await host.put(files, dir)
  try {
    await host.start(ref, ['sleep', String(LIFE_SECONDS)], { lifeSeconds: LIFE_SECONDS })
    const before = await host.status(ref)
    await host.hush()
    if (link.how !== 'local') await wait(AWAY_MS)
    const after = await host.status(ref)
    await host.stop(ref, { graceSeconds: 1 })
    const ended = await host.status(ref)
    if (before.state !== 'running' || after.state !== 'running' || before.pid !== after.pid)
      return goneItem(link, `${before.state} before the connection ended and ${after.state} after it`)
    if (ended.state === 'running')
      return { subject: 'detached', state: 'failed', text: 'a detached process could not be ended' }
    return {
      subject: 'detached',
      state: 'ok',
      text:
        link.how === 'local'
          ? 'a process was started, found again and ended'
          : 'a process survived the end of its connection, was found again and ended',
    }
  } finally {
    await host.stop(ref, { graceSeconds: 0 }).catch(() => {})
    await host.exec(['rm', '-rf', '--', dir]).catch(() => {})
  }
}

const goneItem = (link: HostLink, was: string): CheckItem => ({
  subject: 'detached',
  state: 'failed',
  text: `a detached process was ${was}`,
  hint: `does the system end what a login leaves behind (KillUserProcesses in logind.conf)? sudo loginctl enable-linger ${link.user}`,
})
