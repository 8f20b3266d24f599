import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { type RequestOptions, Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { type HttpLink, MeterError } from '../../model/meter.ts'
import { digestHeader } from './digest.ts'
import { connectionFault, statusFault } from './faults.ts'
import { fingerprintOf, trust } from './trust.ts'
import type { Bounded } from './within.ts'

/** Exporters of large machines have some MiB. */
const MAX_BYTES = 16 << 20
const SESSIONS = '/redfish/v1/SessionService/Sessions'

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Send {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * HTTP to a meter: one connection that is kept, no redirects. Credentials go only over the connection that was asked for; with a fingerprint
 * only the certificate that has it is accepted.
 */
export function openHttp(connection: MeterConnection, readSecret: ReadSecret): HttpLink & Bounded {
  const base = connection.url ?? ''
  const tls = base.startsWith('https:')
  let agent: PlainAgent | TlsAgent | null = null
  let signal: AbortSignal | null = null
  let session: { readonly token: string; readonly place: string | null } | null = null
  let challenge: string | null = null

  async function agentOf(): Promise<PlainAgent | TlsAgent> {
    agent ??= tls
      ? new TlsAgent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0, ...(await trust(connection)) })
      : new PlainAgent({ keepAlive: true, maxSockets: 1 })
    return agent
  }

  async function send(o: Send): Promise<Answer> {
    const options: RequestOptions = {
      method: o.method,
      agent: await agentOf(),
      headers: { accept: 'application/json, text/plain;q=0.9, */*;q=0.1', ...o.headers },
      ...(signal === null ? {} : { signal }),
    }
    try {
      return await exchange(new URL(`${base}${o.path}`), o, options, tls ? connection.fingerprint : undefined)
    } catch (error) {
      throw connectionFault(error)
    }
  }

  const secret = async (ref: MeterConnection['password']): Promise<string> =>
    ref === undefined ? '' : readSecret(ref)

  async function login(): Promise<void> {
    const body = JSON.stringify({ UserName: connection.user, Password: await secret(connection.password) })
    const answer = await send({
      method: 'POST',
      path: SESSIONS,
      body,
      headers: { 'content-type': 'application/json', 'odata-version': '4.0' },
    })
    if (answer.status === 404 || answer.status === 405)
      throw new MeterError('credentials', 'it opens no sessions: use login: basic')
    const fault = statusFault(answer.status, true)
    if (fault !== null)
      throw answer.status === 400 ? new MeterError('credentials', 'it opens no session') : fault
    const token = answer.headers['x-auth-token']
    if (typeof token !== 'string') throw new MeterError('garbage', 'it opened a session and gave no token')
    session = { token, place: placeOf(answer.headers.location) }
  }

  async function headersFor(path: string): Promise<Record<string, string>> {
    if (connection.login === 'basic') {
      const pair = `${connection.user}:${await secret(connection.password)}`
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
    }
    if (connection.login === 'token') return { authorization: `Bearer ${await secret(connection.token)}` }
    if (connection.login === 'digest' && challenge !== null) {
      const password = await secret(connection.password)
      return {
        authorization: digestHeader(challenge, {
          user: connection.user ?? '',
          password,
          method: 'GET',
          path,
        }),
      }
    }
    if (connection.login === 'session') {
      if (session === null) await login()
      return { 'x-auth-token': session?.token ?? '' }
    }
    return {}
  }

  /** A session that is no longer taken may still hold one of the few that a BMC has. */
  async function leave(): Promise<void> {
    const open = session
    session = null
    if (open !== null && open.place !== null)
      await send({ method: 'DELETE', path: open.place, headers: { 'x-auth-token': open.token } }).catch(
        () => {},
      )
  }

  /** A session that timed out, or a nonce that is used up, is asked for anew, once; not one that was opened just now. */
  async function again({ status, headers }: Answer, before: typeof session): Promise<boolean> {
    if (status !== 401) return false
    if (connection.login === 'session') {
      const renewed = session !== null && session === before
      await leave()
      return renewed
    }
    const asked = headers['www-authenticate']
    if (connection.login === 'digest' && asked !== undefined && asked !== challenge) {
      challenge = asked
      return true
    }
    return false
  }

  return {
    kind: 'http',
    async get(path) {
      const ask = async (): Promise<Answer> => send({ method: 'GET', path, headers: await headersFor(path) })
      const before = session
      let answer = await ask()
      if (await again(answer, before)) answer = await ask()
      const fault = statusFault(answer.status, connection.login !== 'none')
      if (fault !== null) throw fault
      return answer.body
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
      signal = AbortSignal.timeout(5000)
      await leave()
      agent?.destroy()
      agent = null
    },
  }
}

/** Where a session is to be closed: a path on the same server, whatever its Location says of hosts. */
function placeOf(location: string | undefined): string | null {
  if (location === undefined || !URL.canParse(location, 'http://meter')) return null
  const { pathname } = new URL(location, 'http://meter')
  return pathname.startsWith('/redfish/') ? pathname : null
}

async function exchange(
  url: URL,
  o: Send,
  options: RequestOptions,
  fingerprint: string | undefined,
): Promise<Answer> {
  const make = url.protocol === 'https:' ? tlsRequest : plainRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = make(url, options, resolve)
    request.once('error', reject)
    // A server that changes the protocol gives no response: without a listener Node ends the request without a word.
    request.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(new MeterError('garbage', 'it changes the protocol'))
    })
    request.once('close', () => reject(new MeterError('unreachable', 'the connection was lost')))
    const go = (): void => {
      if (o.body !== undefined) request.setHeader('content-length', Buffer.byteLength(o.body))
      request.end(o.body)
    }
    if (fingerprint === undefined) return go()
    request.once('socket', socket =>
      whenPinned(socket as TLSSocket, fingerprint, { go, refuse: error => request.destroy(error) }),
    )
  })
  return { status: response.statusCode ?? 0, headers: response.headers, body: await textOf(response) }
}

/** Nothing is sent, credentials least of all, before the certificate is known to be the one that was asked for. */
function whenPinned(
  socket: TLSSocket,
  fingerprint: string,
  then: { readonly go: () => void; readonly refuse: (error: Error) => void },
): void {
  const look = (): void => {
    if (fingerprintOf(socket) === fingerprint) then.go()
    else then.refuse(new MeterError('certificate', 'its certificate has another fingerprint'))
  }
  if (socket.connecting || socket.getPeerCertificate().fingerprint256 === undefined)
    socket.once('secureConnect', look)
  else look()
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) {
      response.destroy()
      throw new MeterError('garbage', `its answer is larger than ${MAX_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
