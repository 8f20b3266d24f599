import { createHash, randomBytes } from 'node:crypto'
import { MeterError } from '../../model/meter.ts'

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' }

/** Authorization for HTTP Digest (RFC 7616, 3.4) with qop auth, from what the server asked with. */
export function digestHeader(
  challenge: string,
  o: { readonly user: string; readonly password: string; readonly method: string; readonly path: string },
): string {
  const asked = new Map(
    [...challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, key = '', quoted, plain]) => [
      key.toLowerCase(),
      quoted ?? plain ?? '',
    ]),
  )
  const algorithm = asked.get('algorithm') ?? 'MD5'
  const hash = HASHES[algorithm.toUpperCase()]
  const realm = asked.get('realm') ?? ''
  const nonce = asked.get('nonce') ?? ''
  if (
    !/^Digest\s/i.test(challenge) ||
    hash === undefined ||
    !(asked.get('qop') ?? '').split(/\s*,\s*/).includes('auth')
  )
    throw new MeterError('garbage', 'it asks for a login that is not known here')
  const of = (text: string): string => createHash(hash).update(text).digest('hex')
  const cnonce = randomBytes(16).toString('hex')
  const nc = '00000001'
  const secret = of(`${o.user}:${realm}:${o.password}`)
  const what = of(`${o.method}:${o.path}`)
  const response = of(`${secret}:${nonce}:${nc}:${cnonce}:auth:${what}`)
  const opaque = asked.get('opaque')
  const quoted = {
    username: o.user,
    realm,
    nonce,
    uri: o.path,
    cnonce,
    response,
    ...(opaque === undefined ? {} : { opaque }),
  }
  const parts = Object.entries(quoted).map(([key, value]) => `${key}="${value.replaceAll(/["\\]/g, '\\$&')}"`)
  return `Digest ${[...parts, `algorithm=${algorithm}`, 'qop=auth', `nc=${nc}`].join(', ')}`
}
