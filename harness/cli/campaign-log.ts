import { join } from 'node:path'
import { destination, type Logger, pino, stdTimeFunctions } from 'pino'

/** Keys whose values never get into the log, whatever is handed to it. */
const SECRET_KEYS = [
  'password',
  'becomePassword',
  'passphrase',
  'token',
  'secret',
  'authorization',
  'Authorization',
  'env',
]

/**
 * Log of a campaign: state/log.ndjson, 0600, a line written when the call returns. It is a working file: not sealed, not sent. Times are UTC,
 * the machine's name is left out.
 */
export function campaignLog(dir: string): Logger {
  const paths = SECRET_KEYS.flatMap(key => [key, `*.${key}`, `*.*.${key}`])
  const file = destination({
    dest: join(dir, 'state', 'log.ndjson'),
    sync: true,
    mkdir: true,
    mode: 0o600,
    append: true,
  })
  // A log that can't be written (full disk) must not keep a campaign from tearing down; the archive's own writes say what is wrong.
  file.on('error', () => undefined)
  return pino(
    { base: null, timestamp: stdTimeFunctions.isoTime, redact: { paths, censor: 'left out' } },
    file,
  )
}
