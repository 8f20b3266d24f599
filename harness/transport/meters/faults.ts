import { MeterError, type MeterFault } from '../../model/meter.ts'

/** Codes of certificates that nobody vouches for, are of another name or out of date (openssl verify(1); tls of Node). */
const CERTIFICATE =
  /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/
const SLOW = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT'])

/** What went wrong with a connection, without addresses: messages of Node name them. */
export function connectionFault(error: unknown): MeterError {
  if (error instanceof MeterError) return error
  const code = codeOf(error)
  if (CERTIFICATE.test(code))
    return new MeterError('certificate', `its certificate was not accepted (${code})`)
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return new MeterError('garbage', `it does not speak TLS as we do (${code})`)
  if (code.startsWith('HPE_')) return new MeterError('garbage', `no HTTP (${code})`)
  if (SLOW.has(code)) return new MeterError('slow', `no answer (${code})`)
  return new MeterError('unreachable', `no connection (${code === '' ? 'no reason given' : code})`)
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  if (typeof code === 'string') return code
  // Both addresses of a name failed.
  const [first] = error instanceof AggregateError ? error.errors : []
  return first === undefined ? '' : codeOf(first)
}

/** What a status of HTTP says; null: it is a success. */
export function statusFault(status: number, sentCredentials: boolean): MeterError | null {
  if (status >= 200 && status < 300) return null
  const known: Readonly<Record<number, [MeterFault, string]>> = {
    401: ['credentials', sentCredentials ? 'user or password is wrong' : 'it wants a user and a password'],
    403: ['forbidden', 'this user may not read it'],
    404: ['absent', 'it has no such resource'],
    429: ['slow', 'it is asked too often'],
    503: ['slow', 'it is busy'],
  }
  const [fault, reason] = known[status] ?? ['garbage', 'it answers with an error']
  return new MeterError(fault, `${reason} (status ${status})`)
}
