import { readFile } from 'node:fs/promises'
import type { TLSSocket } from 'node:tls'
import type { MeterConnection } from '../../model/connection.ts'
import { MeterError } from '../../model/meter.ts'

/** Whom TLS believes. With a fingerprint nobody need vouch for the certificate: it is looked at before anything is sent. */
export async function trust(
  connection: MeterConnection,
): Promise<{ ca?: Buffer; rejectUnauthorized?: boolean }> {
  if (connection.fingerprint !== undefined) return { rejectUnauthorized: false }
  if (connection.ca === undefined) return {}
  try {
    return { ca: await readFile(connection.ca) }
  } catch (error) {
    throw new MeterError(
      'certificate',
      `the file of certificates can't be read (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}

/** As the campaign file has it. */
export const fingerprintOf = (socket: TLSSocket): string =>
  `SHA256:${socket.getPeerCertificate().fingerprint256}`
