// `joulemark run FILE` with one part that ends the process by SIGKILL at a chosen point: what a power cut does, at a known place.
// usage: kill-main FILE OUT POINT RUN SEED   RUN: number of the run in which to die
// What a point leaves open is drawn from SEED: how far into a phase, which of several files, on which side of a write.
import path from 'node:path'
import { campaignId } from '../../../harness/cli/campaign-id.ts'
import { campaignSecrets, composeRun, connectionState, sinkOptions } from '../../../harness/cli/compose.ts'
import { loadFile } from '../../../harness/cli/load-file.ts'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { below, seeded } from '../../../harness/model/random.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { openSink } from '../../../harness/store/sink.ts'
import type { ArchiveFs } from '../../../results/archive/archive.ts'
import { createCampaign } from '../../../results/archive/node-archive.ts'
import { nodeFs } from '../../../results/archive/node-fs.ts'

const [file = '', out = '', point = '', runNumber = '1', seed = '0'] = process.argv.slice(2)

/** About the length of phases that have none given; when one ends earlier, its end kills. */
const SECONDS: Readonly<Record<string, number>> = { deploy: 3, 'tear-down': 1 }
/** How many there are at least of what happens more than once in a run. */
const TIMES: Readonly<Record<string, number>> = { 'later ledger': 10, fetch: 6, spool: 3, sync: 2 }

let random = seeded(Number(seed))
function draw(limit: number): number {
  const drawn = below(random, limit)
  random = drawn.state
  return drawn.value
}
const nth = 1 + draw(TIMES[point] ?? 1) + (point === 'later ledger' ? 1 : 0)
const fraction = draw(1000) / 1000
const afterwards = draw(2) === 1

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

let current = 0
let seen = 0
const inTheRun = (): boolean => current === Number(runNumber)
const isNth = (): boolean => inTheRun() && ++seen === nth

/** In a phase: so far into it, while it goes on. At a ledger line: before the thing that it names is made. */
function watch(event: CampaignEvent): void | Promise<never> {
  if (event.type === 'run-start') current = event.number
  if (event.type === 'phase' && event.phase === point && isNth())
    setTimeout(() => void die(), fraction * (event.seconds ?? SECONDS[point] ?? 0) * 1000)
  if (event.type === 'phase-end' && event.phase === point && inTheRun()) return die()
  if (event.type === 'ledger' && point.endsWith('ledger') && isNth()) return die()
}

/** Dies on the drawn side of a write. */
async function around(write: () => Promise<void>): Promise<void> {
  if (!afterwards) await die()
  await write()
  return die()
}

/** A file of which only the beginning comes; or, on the other side, nothing. */
async function* cut(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of content) {
    if (afterwards) yield chunk
    await die()
  }
  await die()
}

const FETCHED = /\/(raw\/[^/]+\/\.recording-|work\/)[^/]+$/
const archiveFs: ArchiveFs = {
  ...nodeFs,
  writeNew: (to, content, mode) =>
    nodeFs.writeNew(to, point === 'fetch' && FETCHED.test(to) && isNth() ? cut(content) : content, mode),
  rename(from, to) {
    const rename = () => nodeFs.rename(from, to)
    if (point === 'plan' && to.endsWith(path.join('data', 'plan.json'))) return die()
    const isRecord = point === 'archive rename' && to.endsWith('run.json') && inTheRun()
    return isRecord ? around(rename) : rename()
  },
}

/** `spool`: one of the files that hold a run's points. `sync`: a line of the journal, when the database has the batch and nobody noted it yet. */
const ofTheRun = (to: string): boolean =>
  path.basename(path.dirname(to)).startsWith(runNumber.padStart(4, '0'))
const spoolFs: ArchiveFs = {
  ...nodeFs,
  rename(from, to) {
    const rename = () => nodeFs.rename(from, to)
    return point === 'spool' && ofTheRun(to) && isNth() ? around(rename) : rename()
  },
  append(to, text) {
    const append = () => nodeFs.append(to, text)
    return point === 'sync' && ofTheRun(to) && isNth() ? around(append) : append()
  },
}

const { plan, connections, influx, meters, publicText } = await loadFile(file)
const reach = { targets: connections, influx, meters }
const archive = await createCampaign(path.join(out, campaignId(plan.name, new Date())), {
  plan,
  campaignText: publicText,
  state: connectionState(reach),
  fs: archiveFs,
})
const never = new AbortController().signal
const readSecret = campaignSecrets(reach)
const options = sinkOptions({ archive, connections: reach, readSecret })
const sink = options === null ? null : await openSink({ ...options, fs: spoolFs })
const { parts } = await composeRun({
  archive,
  plan,
  // The sink is our own.
  connections: { ...reach, influx: null },
  readSecret,
  emit: watch,
  signal: never,
  hardSignal: never,
})
await runCampaign({ ...parts, sink }, plan)
await sink?.close(10)
