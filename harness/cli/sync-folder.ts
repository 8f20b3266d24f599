import { JoulemarkError } from '../model/error.ts'
import { type SyncReport, syncCampaign } from '../store/sync.ts'
import { campaignSecrets, savedConnections, sinkOptions } from './compose.ts'
import { openIntact } from './derive-results.ts'
import { stopSignals } from './stop-signals.ts'

/** Syncs a campaign's folder with the real parts. */
export async function syncFolder(dir: string, o: { readonly trust: boolean }): Promise<SyncReport> {
  const archive = await openIntact(dir)
  const connections = await savedConnections(archive, o)
  const options = sinkOptions({ archive, connections, readSecret: campaignSecrets(connections) })
  if (options === null) {
    throw new JoulemarkError({
      code: 'no-database',
      exit: 'usage',
      message: `campaign ${archive.id} has no database: its file had no influx section`,
      hint: 'The archive alone holds everything; nothing needs to be sent.',
    })
  }
  using signals = stopSignals(() => undefined)
  // Awaited here, else the handlers of `signals` are gone at once.
  return await syncCampaign({ ...options, signal: signals.soft })
}
