import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import mqtt from 'mqtt'
import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { MeterError, type MqttLink } from '../../model/meter.ts'
import { connectionFault } from './faults.ts'
import { fingerprintOf, trust } from './trust.ts'
import type { Bounded } from './within.ts'

/** Of a message; those of meters have some hundred bytes. */
const MAX_BYTES = 64 << 10

/**
 * A broker of MQTT 3.1.1: one connection, made when it is needed, and again after it was lost. With a fingerprint nothing is sent before the
 * certificate is the one that was named.
 */
export function openMqtt(connection: MeterConnection, readSecret: ReadSecret): MqttLink & Bounded {
  const self = `joulemark-${randomBytes(6).toString('hex')}`
  let broker: Broker | null = null
  let signal: AbortSignal | null = null
  const drop = (): void => {
    broker?.close()
    broker = null
  }

  async function opened(): Promise<Broker> {
    if (broker !== null && !broker.closed()) return broker
    const password = connection.password === undefined ? undefined : await readSecret(connection.password)
    broker = await openBroker({ connection, self, password }, signal)
    return broker
  }

  return {
    kind: 'mqtt',
    self,
    async ask({ publish, answers }) {
      const on = await opened()
      const cut = (): void => drop()
      signal?.addEventListener('abort', cut, { once: true })
      try {
        return await on.ask(publish, answers)
      } finally {
        signal?.removeEventListener('abort', cut)
      }
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
      drop()
    },
  }
}

interface Broker {
  ask(
    publish: { readonly topic: string; readonly payload: string } | null,
    answers: readonly string[],
  ): Promise<ReadonlyMap<string, string>>
  closed(): boolean
  close(): void
}

async function openBroker(
  o: { readonly connection: MeterConnection; readonly self: string; readonly password: string | undefined },
  signal: AbortSignal | null,
): Promise<Broker> {
  const socket = await socketTo(o.connection, signal)
  const client = new mqtt.MqttClient(() => socket, {
    clientId: o.self,
    clean: true,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 30_000,
    resubscribe: false,
    ...(o.connection.user === undefined ? {} : { username: o.connection.user }),
    ...(o.password === undefined ? {} : { password: o.password }),
  })
  let waiting: Waiting | null = null
  let gone: MeterError | null = null
  const lost = (error: MeterError): void => {
    gone ??= error
    socket.destroy()
    waiting?.reject(gone)
    waiting = null
  }
  // The library takes in what a length says, up to 256 MiB.
  let read = 0
  client.on('packetreceive', packet => {
    read = socket.bytesRead
    // Nothing else was asked for; the library would keep it until it is released.
    if (packet.cmd === 'publish' && packet.qos > 0)
      lost(new MeterError('garbage', 'a message of a quality that was not asked for'))
  })
  socket.on('data', () => {
    if (socket.bytesRead - read > 2 * MAX_BYTES)
      lost(new MeterError('garbage', `a message of more than ${MAX_BYTES} bytes`))
  })
  client.on('error', error => lost(brokerFault(error)))
  client.on('close', () => lost(new MeterError('unreachable', 'the connection was lost')))
  client.on('message', (topic, payload, packet) => {
    // What was retained is of some time before.
    if (packet.retain || waiting === null || !waiting.wanted.has(topic)) return
    if (payload.length > MAX_BYTES)
      return lost(new MeterError('garbage', `a message of more than ${MAX_BYTES} bytes`))
    waiting.found.set(topic, payload.toString('utf8'))
    if (waiting.found.size < waiting.wanted.size) return
    waiting.resolve(waiting.found)
    waiting = null
  })
  const cut = (): void => lost(new MeterError('slow', 'the broker did not answer'))
  signal?.addEventListener('abort', cut, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      waiting = { wanted: new Set(), found: new Map(), resolve: () => {}, reject }
      client.once('connect', () => resolve())
      if (gone !== null) reject(gone)
    })
  } finally {
    signal?.removeEventListener('abort', cut)
  }
  waiting = null
  const subscribed = new Set<string>()

  async function subscribe(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      if (subscribed.has(topic)) continue
      const granted = await client.subscribeAsync(topic, { qos: 0 }).catch((error: unknown) => {
        throw gone ?? brokerFault(error)
      })
      if (granted.some(one => one.qos === 128))
        throw new MeterError('forbidden', 'the broker does not let this user listen to the topic')
      subscribed.add(topic)
    }
  }

  return {
    async ask(publish, answers) {
      await subscribe(answers)
      return new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone)
        waiting = { wanted: new Set(answers), found: new Map(), resolve, reject }
        if (publish !== null) client.publish(publish.topic, publish.payload, { qos: 0 })
      })
    },
    closed: () => gone !== null,
    close: () => {
      gone ??= new MeterError('unreachable', 'it is no longer asked')
      waiting?.reject(gone)
      waiting = null
      client.end(true)
      socket.destroy()
    },
  }
}

interface Waiting {
  readonly wanted: ReadonlySet<string>
  readonly found: Map<string, string>
  resolve(found: ReadonlyMap<string, string>): void
  reject(error: Error): void
}

/** A connection that may be spoken over: with TLS, one whose certificate was accepted. */
async function socketTo(connection: MeterConnection, signal: AbortSignal | null): Promise<Socket> {
  const url = new URL(connection.url ?? '')
  const tls = url.protocol === 'mqtts:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const place = { host, port: url.port === '' ? (tls ? 8883 : 1883) : Number(url.port) }
  const socket: Socket | TLSSocket = tls
    ? connectTls({
        ...place,
        ...(/[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : {}),
        ...(await trust(connection)),
      })
    : connectPlain(place)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', signal === null ? {} : { signal })
  } catch (error) {
    socket.destroy()
    throw signal?.aborted === true ? new MeterError('slow', 'no answer') : connectionFault(error)
  }
  if (
    connection.fingerprint !== undefined &&
    'getPeerCertificate' in socket &&
    fingerprintOf(socket) !== connection.fingerprint
  ) {
    socket.destroy()
    throw new MeterError('certificate', 'its certificate has another fingerprint')
  }
  return socket
}

/** Codes of CONNACK (MQTT 3.1.1, table 3.1) and of what the library notices. */
function brokerFault(error: unknown): MeterError {
  const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string }
  if (code === 4 || code === 5)
    return new MeterError(
      'credentials',
      code === 4 ? 'user or password is wrong' : 'it lets this user not in',
    )
  if (code === 1 || code === 2) return new MeterError('garbage', 'the broker speaks another MQTT')
  if (code === 3) return new MeterError('slow', 'the broker is not ready')
  if (code === 128 || /subscri/i.test(message))
    return new MeterError('forbidden', 'the broker does not let this user listen to the topic')
  if (typeof code === 'string') return connectionFault(error)
  return new MeterError('garbage', 'not what a broker of MQTT says')
}
