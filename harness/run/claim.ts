import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { CampaignArchive } from '../../results/archive/archive.ts'
import { JoulemarkError } from '../model/error.ts'

const STATE = 'controller.json'

/** The process that works on a campaign. */
const Controller = z.strictObject({
  pid: z.number().int().positive(),
  /** When it started, as the kernel counts it; empty where that can't be read. A pid alone may be another's by now. */
  started: z.string(),
  owner: z.string(),
})

/** Field 22 of /proc/PID/stat (proc(5)): start time in clock ticks since boot. */
async function startedAt(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Makes this process the only one that works on a campaign on this controller. Throws `campaign-running` while another one lives; a dead one
 * is replaced.
 */
export async function claimCampaign(archive: CampaignArchive, owner: string): Promise<AsyncDisposable> {
  const found = Controller.safeParse(await archive.readState(STATE))
  if (found.success && found.data.pid !== process.pid && lives(found.data.pid)) {
    const started = await startedAt(found.data.pid)
    if (started === found.data.started)
      throw new JoulemarkError({
        code: 'campaign-running',
        message: `process ${found.data.pid} is at work on campaign ${archive.id}`,
        exit: 'locked',
        hint: 'wait until it ends, or stop it with Ctrl-C',
      })
  }
  await archive.writeState(STATE, { pid: process.pid, started: await startedAt(process.pid), owner })
  return { [Symbol.asyncDispose]: () => archive.writeState(STATE, null) }
}
