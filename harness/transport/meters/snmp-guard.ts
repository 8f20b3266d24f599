import { createSocket, type RemoteInfo, type Socket, type SocketType } from 'node:dgram'

/** PDUs of an answer and of a report (RFC 3416, 3), by their tags. */
const RESPONSE = 0xa2
const REPORT = 0xa8
const SEQUENCE = 0x30
const INTEGER = 0x02
const OCTETS = 0x04
/** v3: discovery, a wrong time and the answer itself make three; each report makes the library ask again. */
const MOST_DATAGRAMS = 6

/** What a datagram says of itself before anything in it is believed. */
export interface Outside {
  readonly version: number
  /** Of v3: bit 0 authenticated, bit 1 encrypted. */
  readonly flags: number
  /** Tag of its PDU; null: encrypted. */
  readonly pdu: number | null
}

/** null: it is no message of SNMP (RFC 1901, 3; RFC 3412, 6). */
export function outsideOf(message: Buffer): Outside | null {
  const all = open(message, 0, SEQUENCE)
  const version = all === null ? null : open(message, all.from, INTEGER)
  if (version === null || version.to - version.from !== 1) return null
  const number = message[version.from] ?? 0
  if (number !== 3) {
    const community = open(message, version.to, OCTETS)
    return community === null ? null : { version: number, flags: 0, pdu: message[community.to] ?? 0 }
  }
  const header = open(message, version.to, SEQUENCE)
  const id = header === null ? null : open(message, header.from, INTEGER)
  const size = id === null ? null : open(message, id.to, INTEGER)
  const flags = size === null ? null : open(message, size.to, OCTETS)
  const security = header === null ? null : open(message, header.to, OCTETS)
  if (flags === null || security === null || flags.to - flags.from !== 1) return null
  const bits = message[flags.from] ?? 0
  if ((bits & 2) !== 0) return { version: 3, flags: bits, pdu: null }
  const scoped = open(message, security.to, SEQUENCE)
  const engine = scoped === null ? null : open(message, scoped.from, OCTETS)
  const context = engine === null ? null : open(message, engine.to, OCTETS)
  return context === null ? null : { version: 3, flags: bits, pdu: message[context.to] ?? 0 }
}

/** Content of a value of a tag at a place; null: there is none, or it is longer than what is there. */
function open(of: Buffer, at: number, tag: number): { readonly from: number; readonly to: number } | null {
  const first = of[at + 1]
  if (of[at] !== tag || first === undefined) return null
  const bytes = first < 0x80 ? 0 : first & 0x7f
  if (bytes > 3) return null
  const length =
    bytes === 0 ? first : of.subarray(at + 2, at + 2 + bytes).reduce((sum, byte) => sum * 256 + byte, 0)
  const from = at + 2 + bytes
  return from + length > of.length ? null : { from, to: from + length }
}

/** Whether a datagram may be an answer: of the version that was asked in, and no weaker secured, but for reports. */
export function mayAnswer(
  of: Outside | null,
  asked: { readonly version: number; readonly flags: number },
): boolean {
  if (of === null || of.version !== asked.version) return false
  if (of.version !== 3) return of.pdu === RESPONSE
  // Reports come unsecured, or as agents please: an unknown user has no key.
  if (of.pdu === REPORT) return true
  return (of.flags & asked.flags) === asked.flags && (of.pdu === null || of.pdu === RESPONSE)
}

export interface Guard {
  /** For the library in the place of node:dgram. */
  readonly dgram: { createSocket(type: SocketType): Socket }
  /** A question begins. */
  asked(): void
  /** Whether something came since then that is no answer. */
  odd(): boolean
}

/**
 * Sockets that hand on only what may be an answer of the agent. The library takes answers without authentication, asks again at each report, and some
 * messages end the process in it.
 */
export function guardOf(o: {
  readonly address: string
  readonly port: number
  readonly version: number
  readonly flags: number
}): Guard {
  let came = 0
  let odd = false
  const take =
    (listener: (message: Buffer, from: RemoteInfo) => void) => (message: Buffer, from: RemoteInfo) => {
      if (from.address !== o.address || from.port !== o.port) return
      came += 1
      if (came > MOST_DATAGRAMS || !mayAnswer(outsideOf(message), o)) {
        odd = true
        return
      }
      try {
        listener(message, from)
      } catch {
        odd = true
      }
    }
  return {
    dgram: {
      createSocket(type) {
        const socket = createSocket(type)
        const on = socket.on.bind(socket)
        socket.on = ((event: string, listener: (...args: never[]) => void) =>
          event === 'message'
            ? on('message', take(listener as unknown as (message: Buffer, from: RemoteInfo) => void))
            : on(event as 'close', listener)) as typeof socket.on
        return socket
      },
    },
    asked() {
      came = 0
      odd = false
    },
    odd: () => odd,
  }
}
