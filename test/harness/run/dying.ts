import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import type { World } from './toy-world.ts'

/** A controller that dies at the first event that fits: nothing after it happens. False: it got to its end. */
export async function dieAt(world: World, fits: (event: CampaignEvent) => boolean): Promise<boolean> {
  const dead = Promise.withResolvers<boolean>()
  const parts = world.parts()
  let died = false
  const emit = (event: CampaignEvent) => {
    if (!died && !fits(event)) return parts.emit(event)
    died = true
    dead.resolve(true)
    return new Promise<void>(() => {})
  }
  const end = runCampaign({ ...parts, emit }, world.plan).then(() => false)
  return Promise.race([dead.promise, end])
}

/** sha256 of every file of the complete runs, by run and path. */
export async function hashes(world: World): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const run of await world.archive.runs()) {
    if ((await run.record())?.outcome !== 'complete') continue
    for (const path of await run.files()) {
      const bytes = await readFile(join(run.dir, path))
      found.set(`${run.id}/${path}`, createHash('sha256').update(bytes).digest('hex'))
    }
  }
  return found
}

export const inSecond = (event: CampaignEvent): boolean => 'run' in event && event.run.startsWith('0002')
/** Phase of the second run that begins; empty: another event. */
export const phaseOf = (event: CampaignEvent): string =>
  event.type === 'phase' && inSecond(event) ? event.phase : ''
