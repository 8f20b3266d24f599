import { randomBytes } from 'node:crypto'
import { openCampaign } from '../../results/archive/node-archive.ts'
import { JoulemarkError } from '../model/error.ts'
import type { Plan } from '../model/plan.ts'
import { type ReapItem, type ReapReport, reapCampaign } from '../run/reap.ts'
import { reapTarget } from '../run/reap-target.ts'
import { secretPrompt } from './ask-secret.ts'
import { campaignLog } from './campaign-log.ts'
import { campaignSecrets, connector, lockFolder, savedConnections } from './compose.ts'
import { loadFile } from './load-file.ts'
import { stopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

export interface ReapOptions {
  readonly dryRun: boolean
  /** Of a campaign file: this target alone. */
  readonly target?: string
  /** Believe what another user or controller wrote of a campaign's hosts. */
  readonly trust: boolean
  readonly terminal: Terminal
}

/** Reaps the targets of a campaign file by names and expiry, one after the other. */
export async function reapFile(file: string, o: ReapOptions): Promise<ReapReport> {
  const { plan, connections: targets, influx, meters } = await loadFile(file)
  const connections = { targets, influx, meters }
  const connect = connector({
    plan,
    connections,
    readSecret: campaignSecrets(connections),
    ...promptOf(o.terminal),
  })
  const items: ReapItem[] = []
  let left = 0
  for (const id of chosen(plan, o.target)) {
    await using target = await connect(id)
    const report = await reapTarget({
      target,
      ...lockFolder(),
      now: () => Date.now() * 1000,
      dryRun: o.dryRun,
    })
    items.push(...report.items)
    left += report.left
  }
  return { items, left }
}

function chosen({ targets }: Plan, only: string | undefined): readonly string[] {
  const ids = targets.map(({ id }) => id)
  if (only === undefined) return ids
  if (ids.includes(only)) return [only]
  throw new JoulemarkError({
    code: 'no-such-target',
    exit: 'usage',
    message: `the campaign file has no target ${JSON.stringify(only)}`,
    hint: `it has ${ids.join(', ')}`,
  })
}

const promptOf = (terminal: Terminal) =>
  terminal.asks ? { prompt: secretPrompt(() => ({ [Symbol.dispose]: () => undefined })) } : {}

/** Reaps a campaign's folder with the real parts. */
export async function reapFolder(dir: string, o: ReapOptions): Promise<ReapReport> {
  if (o.target !== undefined)
    throw new JoulemarkError({
      code: 'target-of-folder',
      exit: 'usage',
      message: '--target goes with a campaign file; a campaign’s folder says itself what was left where',
    })
  const archive = await openCampaign(dir)
  const plan = await archive.plan()
  const connections = await savedConnections(archive, o)
  const log = campaignLog(archive.dir)
  const readSecret = campaignSecrets(connections)
  using signals = stopSignals(() =>
    o.terminal.err('reap goes on until all is tried; Ctrl-C again stops at once\n'),
  )
  // awaited here, else the handlers of `signals` are gone at once
  return await reapCampaign(
    {
      archive,
      connect: connector({ plan, connections, readSecret, ...promptOf(o.terminal) }),
      emit: event => log.info({ event }),
      now: () => Date.now() * 1000,
      owner: randomBytes(8).toString('hex'),
      hardSignal: signals.hard,
    },
    { dryRun: o.dryRun },
  )
}
