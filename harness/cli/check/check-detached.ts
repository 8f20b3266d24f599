import { randomBytes } from 'node:crypto'
import type { DetachedRef, Host, HostFacts } from '../../model/target.ts'
import { folderName, MARKER } from '../../run/names.ts'
import type { CheckItem } from './check-item.ts'

/** Until then the proof and its folder end by themselves or may be reaped by anybody. */
const LIFE_SECONDS = 60

/** Starts a process, lets the connection go, comes back and finds the same process: what a recorder must survive. Leaves nothing behind. */
export async function detachedItem(host: Host, facts: HostFacts): Promise<CheckItem> {
  const subject = 'detached'
  const campaign = `check-${randomBytes(4).toString('hex')}`
  const run = `0000-${host.id}-check-r1-a1`
  const dir = `${facts.workRoot}/${folderName(campaign, run)}`
  const ref: DetachedRef = { host: host.id, dir, name: 'proof' }
  const expires = (await host.clock()).wall + LIFE_SECONDS * 1e6
  const marker = `${JSON.stringify({ owner: campaign, campaign, run, expires })}\n`
  await host.put([{ name: MARKER, mode: 0o600, content: marker }], dir)
  try {
    await host.start(ref, ['sleep', String(LIFE_SECONDS)], { lifeSeconds: LIFE_SECONDS })
    const before = await host.status(ref)
    await host.hush()
    const after = await host.status(ref)
    if (before.state === 'running' && after.state === 'running' && before.pid === after.pid)
      return { subject, state: 'ok', text: 'a process survives the end of its connection' }
    return {
      subject,
      state: 'failed',
      text: `a detached process was ${before.state} before the connection ended and ${after.state} after it`,
      hint: 'is KillUserProcesses=yes set in logind.conf? loginctl enable-linger lets processes of the user stay',
    }
  } finally {
    await host.stop(ref, { graceSeconds: 1 })
    await host.exec(['rm', '-rf', '--', dir])
  }
}
