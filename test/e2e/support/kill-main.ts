// `joulemark run FILE` with one part that ends the process by SIGKILL at a chosen point: what a power cut does, at a known place.
// usage: kill-main FILE OUT POINT RUN   RUN: number of the run in which to die
import path from 'node:path'
import { campaignId } from '../../../harness/cli/campaign-id.ts'
import { campaignSecrets, composeRun, connectionState } from '../../../harness/cli/compose.ts'
import { loadFile } from '../../../harness/cli/load-file.ts'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import type { ArchiveFs } from '../../../results/archive/archive.ts'
import { createCampaign } from '../../../results/archive/node-archive.ts'
import { nodeFs } from '../../../results/archive/node-fs.ts'

const [file = '', out = '', point = '', runNumber = '1', nth = '1'] = process.argv.slice(2)

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

let current = 0
let seen = 0

/** Whether an event is the point to die at: the nth of its kind in the chosen run. */
function isPoint(event: CampaignEvent): boolean {
  if (event.type === 'run-start') current = event.number
  if (current !== Number(runNumber)) return false
  const hit = event.type === 'phase' ? event.phase === point : event.type === point
  if (hit) seen += 1
  return hit && seen === Number(nth)
}

const killingFs: ArchiveFs = {
  ...nodeFs,
  rename: async (from, to) => {
    if (point === 'plan' && to.endsWith(path.join('data', 'plan.json'))) await die()
    if (point === 'archive rename' && current === Number(runNumber) && to.endsWith('run.json')) await die()
    await nodeFs.rename(from, to)
  },
}

const { plan, connections, influx, publicText } = await loadFile(file)
const reach = { targets: connections, influx }
const archive = await createCampaign(path.join(out, campaignId(plan.name, new Date())), {
  plan,
  campaignText: publicText,
  state: connectionState(reach),
  fs: killingFs,
})
const never = new AbortController().signal
const { parts, sink } = await composeRun({
  archive,
  plan,
  connections: reach,
  readSecret: campaignSecrets(reach),
  emit: event => (isPoint(event) ? die() : undefined),
  signal: never,
  hardSignal: never,
})
const killingSink =
  sink === null
    ? null
    : {
        accept: (run: string) =>
          point === 'sync' && current === Number(runNumber) ? die() : sink.accept(run),
        pause: () => sink.pause(),
        resume: () => sink.resume(),
        counts: () => sink.counts(),
        close: (seconds: number) => sink.close(seconds),
      }
await runCampaign({ ...parts, sink: killingSink }, plan)
await sink?.close(10)
