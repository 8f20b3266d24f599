import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { recorderKit } from '../../../collectors/recorder/kit.ts'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import type { Host, Target } from '../../../harness/model/target.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import type { RunParts } from '../../../harness/run/parts.ts'
import { reapCampaign } from '../../../harness/run/reap.ts'
import { resumeCampaign } from '../../../harness/run/resume.ts'
import { local } from '../../../harness/targets/local.ts'
import { createCampaign, openCampaign } from '../../../results/archive/node-archive.ts'
import { TOOL, toyCollector, toyPlan, toyWorkload } from './toy-world.ts'

/**
 * A controller of its own: `kill-main.ts run|resume|reap DIR CAMPAIGN [KIND NUMBER]`. It kills itself with -9 at the NUMBERth event of
 * that kind, inside the handler. Real machine, real recorder; folders for work, memory and locks lie in DIR.
 */
const [verb = '', dir = '', campaign = '', kind = '', number = '1'] = process.argv.slice(2)
const plan = toyPlan({ repetitions: 2 })
const path = join(dir, campaign)

const kindOf = (event: CampaignEvent): string =>
  event.type === 'phase' ? `phase-${event.phase}` : event.type

let seen = 0
function emit(event: CampaignEvent): void {
  if (kindOf(event) !== kind) return
  seen += 1
  if (seen === Number(number)) process.kill(process.pid, 'SIGKILL')
}

async function connect(id: string): Promise<Target> {
  const planned = plan.targets.find(target => target.id === id)
  if (planned === undefined) throw new Error(`no target ${id}`)
  const connection = { kind: 'local', become: 'none' } as const
  const target = await local.connect({ planned, connection, readSecret: async () => '', env: process.env })
  const hosts = new Map([...target.hosts].map(([name, host]) => [name, inFolder(host)]))
  const [host] = hosts.values()
  if (host === undefined) throw new Error('no host')
  return {
    id,
    kind: target.kind,
    hosts,
    host: () => host,
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  }
}

const inFolder = (host: Host): Host => ({
  ...host,
  facts: async paths => ({
    ...(await host.facts(paths)),
    workRoot: join(dir, 'work'),
    tmpfs: { path: join(dir, 'shm'), free: 1 << 30 },
  }),
})

for (const name of ['work', 'shm', 'locks']) await mkdir(join(dir, name), { recursive: true })
const parts: RunParts = {
  archive: await (verb === 'run'
    ? createCampaign(path, { plan, campaignText: 'toy: true\n' })
    : openCampaign(path)),
  connect,
  collectors: new Map([['toy', toyCollector]]),
  workloads: new Map([['toy', toyWorkload()]]),
  recorder: recorderKit,
  sink: null,
  judge: async () => 'unranked',
  emit,
  now: () => Date.now() * 1000,
  sleep: async (seconds, signal) => {
    await sleep(seconds * 1000, undefined, { signal })
  },
  signal: new AbortController().signal,
  hardSignal: new AbortController().signal,
  lockDir: join(dir, 'locks', 'jm'),
  owner: `controller-${process.pid}`,
  toolVersion: TOOL,
}
if (verb === 'run') await runCampaign(parts, plan)
if (verb === 'resume') await resumeCampaign(parts, { allowChanged: false })
if (verb === 'reap') await reapCampaign(parts, { dryRun: false })
