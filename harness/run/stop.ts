import type { CampaignArchive } from '../../results/archive/archive.ts'
import { JoulemarkError } from '../model/error.ts'

/** Does something until the second Ctrl-C; then it is left where it stands, the ledger with it. */
export async function orStopHard<T>(
  parts: { readonly archive: CampaignArchive; readonly hardSignal: AbortSignal },
  act: () => Promise<T>,
): Promise<T> {
  const { hardSignal, archive } = parts
  const stopped = Promise.withResolvers<never>()
  stopped.promise.catch(() => {})
  const stop = (): void =>
    stopped.reject(
      new JoulemarkError({
        code: 'stopped-hard',
        message: `campaign ${archive.id} was stopped at once; what it made may still be on its hosts`,
        exit: 'interrupted',
        hint: `go on with: joulemark run --resume ${archive.dir}; or only clean up with: joulemark reap ${archive.dir}`,
      }),
    )
  if (hardSignal.aborted) stop()
  hardSignal.addEventListener('abort', stop, { once: true })
  try {
    const acting = act()
    acting.catch(() => {})
    return await Promise.race([stopped.promise, acting])
  } finally {
    hardSignal.removeEventListener('abort', stop)
  }
}
