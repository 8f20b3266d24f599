import { lookup } from 'node:dns/promises'
import snmp from 'net-snmp'
import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { MeterError, type MeterFault, type SnmpLink } from '../../model/meter.ts'
import { connectionFault } from './faults.ts'
import { type Guard, guardOf } from './snmp-guard.ts'
import type { Bounded } from './within.ts'

/** A try lasts so long, ms, and there are two: nobody there is told before a question's deadline. */
const TRY = 2000
const RETRIES = 1
/** OIDs in one packet: more than one of Ethernet's would be cut by agents. */
const AT_ONCE = 24

const AUTH = {
  sha: snmp.AuthProtocols.sha,
  sha224: snmp.AuthProtocols.sha224,
  sha256: snmp.AuthProtocols.sha256,
  sha384: snmp.AuthProtocols.sha384,
  sha512: snmp.AuthProtocols.sha512,
} as const
const PRIVACY = { aes: snmp.PrivProtocols.aes, aes256: snmp.PrivProtocols.aes256b } as const
const has = <T extends object>(of: T, key: string): key is Extract<keyof T, string> => Object.hasOwn(of, key)

/** SNMP v2c by a community, or v3 with authentication and, where there is a password for it, privacy. Over UDP, one session. */
export function openSnmp(connection: MeterConnection, readSecret: ReadSecret): SnmpLink & Bounded {
  let session: snmp.Session | null = null
  let guard: Guard | null = null
  let signal: AbortSignal | null = null
  const close = (): void => {
    session?.close()
    session = null
  }

  async function opened(): Promise<snmp.Session> {
    if (session !== null) return session
    const { address = '', port = 161 } = connection
    const found = await lookup(address).catch((error: unknown) => {
      throw connectionFault(error)
    })
    const user = connection.login === 'community' ? null : await userOf()
    const version = user === null ? snmp.Version2c : snmp.Version3
    const flags = user === null ? 0 : user.level === snmp.SecurityLevel.authPriv ? 3 : 1
    guard = guardOf({ address: found.address, port, version, flags })
    const common = {
      port,
      transport: found.family === 6 ? 'udp6' : 'udp4',
      timeout: TRY,
      retries: RETRIES,
      dgramModule: guard.dgram,
    } as const
    const made =
      user === null
        ? snmp.createSession(found.address, await secret(connection.community), {
            ...common,
            version: snmp.Version2c,
          })
        : snmp.createV3Session(found.address, user, {
            ...common,
            version: snmp.Version3,
            ...(connection.context === undefined ? {} : { context: connection.context }),
          })
    // Whoever waits is told by the request; nothing may be thrown at nobody.
    made.on('error', close)
    session = made
    return made
  }

  const secret = async (ref: MeterConnection['password']): Promise<string> =>
    ref === undefined ? '' : readSecret(ref)

  async function userOf(): Promise<snmp.User> {
    const { user = '', auth = 'sha', encryption = 'aes' } = connection
    const authKey = await secret(connection.password)
    if (authKey.length < 8)
      throw new MeterError('credentials', 'the password has less than the 8 characters that SNMPv3 wants')
    const authProtocol = has(AUTH, auth) ? AUTH[auth] : AUTH.sha
    const known = { name: user, authProtocol, authKey }
    if (connection.privacy === undefined) return { ...known, level: snmp.SecurityLevel.authNoPriv }
    const privKey = await secret(connection.privacy)
    if (privKey.length < 8)
      throw new MeterError(
        'credentials',
        'the privacy password has less than the 8 characters that SNMPv3 wants',
      )
    const privProtocol = has(PRIVACY, encryption) ? PRIVACY[encryption] : PRIVACY.aes
    return { ...known, level: snmp.SecurityLevel.authPriv, privProtocol, privKey }
  }

  async function getSome(oids: readonly string[]): Promise<readonly snmp.Varbind[]> {
    const on = await opened()
    guard?.asked()
    return new Promise((resolve, reject) => {
      const cut = (): void => {
        close()
        reject(new MeterError('slow', 'no answer'))
      }
      signal?.addEventListener('abort', cut, { once: true })
      on.get([...oids], (error, varbinds) => {
        signal?.removeEventListener('abort', cut)
        if (error === null) return resolve(varbinds ?? [])
        const odd = guard?.odd() === true
        close()
        reject(snmpFault(error, { login: connection.login, odd }))
      })
    })
  }

  return {
    kind: 'snmp',
    async get(oids) {
      const found = new Map<string, string>()
      for (let i = 0; i < oids.length; i += AT_ONCE) {
        for (const varbind of await getSome(oids.slice(i, i + AT_ONCE))) {
          const text = textOf(varbind)
          if (text !== null) found.set(varbind.oid, text)
        }
      }
      return found
    },
    async within(until, act) {
      signal = until
      try {
        return await act()
      } finally {
        signal = null
      }
    },
    async close() {
      close()
    },
  }
}

const NUMBERS = new Set<number | undefined>([
  snmp.ObjectType.Integer,
  snmp.ObjectType.Counter,
  snmp.ObjectType.Gauge,
  snmp.ObjectType.TimeTicks,
])

/** Numbers exactly, also of 64 bits; text as it is. null: it has no such object, or it is of another type. */
function textOf({ type, value }: snmp.Varbind): string | null {
  if (NUMBERS.has(type)) return String(value)
  if (type === snmp.ObjectType.Counter64 && Buffer.isBuffer(value))
    return value.length === 0 ? '0' : String(BigInt(`0x${value.toString('hex')}`))
  if (type === snmp.ObjectType.OctetString && Buffer.isBuffer(value))
    return value.toString('utf8').slice(0, 200)
  return null
}

/** By messages and codes of net-snmp 3.29; those of the user-based security model: RFC 3414, 3.2. */
function snmpFault(
  error: Error,
  { login, odd }: { readonly login: MeterConnection['login']; readonly odd: boolean },
): MeterError {
  const of = (fault: MeterFault, reason: string): MeterError => new MeterError(fault, reason)
  const { name, message } = error
  if (name === 'RequestTimedOutError' && odd)
    return of('garbage', 'what came is no answer of SNMP to what was asked')
  if (name === 'RequestTimedOutError')
    return login === 'community'
      ? of('unreachable', 'no answer: to a wrong community agents say nothing, as when nobody is there')
      : of('unreachable', 'nothing there answers as SNMP')
  if (/Unknown User Name/i.test(message)) return of('credentials', 'it knows no such user')
  if (/Wrong Digest|not match|calculated for message/i.test(message))
    return of('credentials', 'the password, or how it is used (`auth`), is wrong')
  if (/Decryption|decrypt/i.test(message))
    return of('credentials', 'the privacy password, or `encryption`, is wrong')
  if (/Unsupported Security Level/i.test(message))
    return of('credentials', 'this user has another level: with or without `privacy`')
  if (/NoAccess|AuthorizationError/i.test(message)) return of('forbidden', 'this user may not read it')
  if (/NoSuchName/i.test(message)) return of('absent', 'it has no such object')
  if (name === 'RequestFailedError') return of('slow', `the agent could not answer (${message.slice(0, 60)})`)
  if (name === 'ResponseInvalidError') return of('garbage', 'not what SNMP says')
  return connectionFault(error)
}
