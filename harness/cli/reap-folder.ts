import { randomBytes } from 'node:crypto'
import { openCampaign } from '../../results/archive/node-archive.ts'
import { type ReapReport, reapCampaign } from '../run/reap.ts'
import { secretPrompt } from './ask-secret.ts'
import { campaignLog } from './campaign-log.ts'
import { campaignSecrets, connector, savedConnections } from './compose.ts'
import { stopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

/** Reaps a campaign's folder with the real parts. */
export async function reapFolder(
  dir: string,
  o: { readonly dryRun: boolean; readonly terminal: Terminal },
): Promise<ReapReport> {
  const archive = await openCampaign(dir)
  const plan = await archive.plan()
  const connections = await savedConnections(archive)
  const log = campaignLog(archive.dir)
  const readSecret = campaignSecrets(connections)
  const prompt = o.terminal.asks
    ? { prompt: secretPrompt(() => ({ [Symbol.dispose]: () => undefined })) }
    : {}
  using signals = stopSignals(() =>
    o.terminal.err('reap goes on until all is tried; Ctrl-C again stops at once\n'),
  )
  return reapCampaign(
    {
      archive,
      connect: connector({ plan, connections, readSecret, ...prompt }),
      emit: event => log.info({ event }),
      now: () => Date.now() * 1000,
      owner: randomBytes(8).toString('hex'),
      hardSignal: signals.hard,
    },
    { dryRun: o.dryRun },
  )
}
