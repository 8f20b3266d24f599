import { isIP, isIPv4 } from 'node:net'
import { JoulemarkError } from '../model/error.ts'
import type { RunEnd } from './summary.ts'

/** Codes of the transport whose messages name a host by its id alone. */
const TELLING = new Set(['deadline', 'put-failed', 'fetch-failed'])

/** Words that may be an address, with a colon of the sentence or of a port after it. */
const ADDRESS = /[0-9a-f.:]*[.:][0-9a-f.:]*/gi
const USER_AT = /\b[\w.-]+@(?=[\w[(])/g

/** How a run ended, as it is told to the person at hand. */
export function describeError(cause: unknown): NonNullable<RunEnd['error']> {
  if (!(cause instanceof JoulemarkError))
    return { code: 'defect', message: cause instanceof Error ? cause.message : String(cause) }
  const { code, message, hint } = cause
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}

/**
 * What of an error goes into the archive: identities do not. What the connection says names addresses and users, so only its code is kept;
 * from the rest addresses are taken out.
 */
export function publicReason(cause: unknown, step: string): string {
  if (cause instanceof JoulemarkError && cause.publicMessage !== undefined) return cause.publicMessage
  const { code, message } = describeError(cause)
  const ofConnection = cause instanceof JoulemarkError && cause.exit === 'unreachable' && !TELLING.has(code)
  if (step === 'connect' || ofConnection) return `no connection (${code})`
  return message.replace(USER_AT, '').replace(ADDRESS, hideAddress)
}

function hideAddress(word: string): string {
  const port = /:\d*$/.exec(word)?.[0] ?? ''
  const host = word.slice(0, word.length - port.length)
  if (isIP(word) > 0) return '(address)'
  if (port === ':' ? isIP(host) > 0 : isIPv4(host)) return `(address)${port}`
  return word
}

/** A path without the name of the user in whose home it lies. */
export const publicPath = (path: string): string =>
  path.replace(/^\/(?:root|home\/[^/]+|Users\/[^/]+)\//, '~/')
