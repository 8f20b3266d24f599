import http from 'node:http'
import https from 'node:https'
import { HttpError, InfluxDB, setLogger } from '@influxdata/influxdb-client'
import type { InfluxConnection, ReadSecret } from '../model/connection.ts'
import { type Environment, proxyFor, tunnelAgent } from './proxy.ts'
import { publicReason } from './refusal.ts'

/** Answer to one write request. */
export type WriteAnswer =
  /** 204: every line is stored. */
  | { readonly kind: 'stored' }
  /** 400, 422: the server will not take some or all lines; `dropped`: how many, where it says so. */
  | { readonly kind: 'refused'; readonly reason: string; readonly dropped: number | null }
  /** 413: the same lines in smaller requests. */
  | { readonly kind: 'too-large'; readonly reason: string }
  /** Waiting may help: no connection, time-out, 429, 5xx. `answered`: the server spoke, so that other batches may fare better. */
  | {
      readonly kind: 'wait'
      readonly reason: string
      readonly answered: boolean
      readonly afterSeconds: number | null
    }
  /** Waiting alone won't help: token, organisation or bucket. */
  | { readonly kind: 'blocked'; readonly reason: string }

/** Sends lines in one request. Never rejects. */
export type WriteLines = (lines: readonly string[], signal: AbortSignal) => Promise<WriteAnswer>

export interface WriterOptions {
  readonly connection: InfluxConnection
  readonly readSecret: ReadSecret
  /** For proxies: HTTP_PROXY, HTTPS_PROXY, NO_PROXY; default the process's own. */
  readonly env?: Environment
  /** Longest time for one request; default 30. */
  readonly requestSeconds?: number
}

const MAX_ANSWER_BYTES = 1024 * 1024
const GZIP_ABOVE_BYTES = 1024
// The client prints warnings to the console by default; only the command line prints.
setLogger({ error: () => undefined, warn: () => undefined })

/** The official client as transport alone: one batch is one awaited request, without its buffer and its retries. */
export function influxWriter(o: WriterOptions): WriteLines {
  const { org, bucket } = o.connection
  const path = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}&precision=ns`
  const seconds = o.requestSeconds ?? 30
  let secret: string | null = null

  async function send(token: string, lines: readonly string[], signal: AbortSignal): Promise<WriteAnswer> {
    let status = 0
    const late = AbortSignal.timeout(seconds * 1000)
    try {
      await connect(o, token).transport.request(
        path,
        `${lines.join('\n')}\n`,
        {
          method: 'POST',
          headers: { 'content-type': 'text/plain; charset=utf-8', accept: 'application/json' },
          gzipThreshold: GZIP_ABOVE_BYTES,
          signal: AbortSignal.any([signal, late]),
        },
        (_headers, code) => {
          status = code ?? 0
        },
      )
      return status === 204 ? { kind: 'stored' } : foreign(status)
    } catch (error) {
      if (late.aborted) return unheard(`no answer within ${seconds} s`)
      // Its body is none that the client can read.
      if (status >= 200 && status < 300) return foreign(status)
      return judgeError(error, [token])
    }
  }

  return async (lines, signal) => {
    try {
      secret ??= await o.readSecret(o.connection.token)
    } catch (error) {
      return { kind: 'blocked', reason: `the token can't be read: ${publicReason(messageOf(error))}` }
    }
    const answer = await send(secret, lines, signal)
    // The next try reads it again: it may have been replaced.
    if (answer.kind === 'blocked') secret = null
    return answer
  }
}

function connect(
  { connection, env = process.env, requestSeconds = 30 }: WriterOptions,
  token: string,
): InfluxDB {
  const url = new URL(connection.url)
  const proxy = proxyFor(url, env)
  const tunnel = proxy !== null && url.protocol === 'https:'
  return new InfluxDB({
    url: connection.url,
    token,
    // Later than our own signal, which ends the request; the client's does not.
    timeout: requestSeconds * 1000 + 5000,
    ...(proxy === null || tunnel ? {} : { proxyUrl: proxy.origin, headers: proxy.headers }),
    transportOptions: {
      ...(tunnel ? { agent: tunnelAgent(proxy) } : {}),
      // The client's own door for another request function: here to bound what a server may answer.
      'follow-redirects': {
        http: { request: bounded(http.request) },
        https: { request: bounded(https.request) },
      },
    },
  })
}

type Request = (
  options: http.RequestOptions,
  answered: (answer: http.IncomingMessage) => void,
) => http.ClientRequest

const bounded =
  (request: Request): Request =>
  (options, answered) =>
    request(options, answer => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES)
          answer.destroy(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`))
      })
      if (answer.headers['content-encoding'] !== undefined)
        answer.destroy(new Error('the answer is compressed, which was not asked for'))
      answered(answer)
    })

const foreign = (status: number): WriteAnswer => ({
  kind: 'blocked',
  reason: `the server answered ${status}, which no InfluxDB 2 does`,
})

const unheard = (reason: string): WriteAnswer => ({
  kind: 'wait',
  reason,
  answered: false,
  afterSeconds: null,
})

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // Several addresses were tried: the error of each is inside, and its own message is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error.message === '' ? error.name : error.message
}

function judgeError(error: unknown, secrets: readonly string[]): WriteAnswer {
  const message = publicReason(messageOf(error), secrets)
  if (!(error instanceof HttpError)) return unheard(message)
  const { statusCode: status } = error
  const reason = `${status}: ${message}`
  if (status === 413) return { kind: 'too-large', reason }
  // Another program's 400 (a proxy's page) says nothing of our lines.
  if ((status === 400 || status === 422) && error.code !== undefined)
    return { kind: 'refused', reason, dropped: droppedIn(message) }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'wait', reason, answered: true, afterSeconds: secondsIn(error.headers?.['retry-after']) }
  }
  return { kind: 'blocked', reason }
}

function droppedIn(message: string): number | null {
  const found = /\bdropped=(\d{1,9})\b/.exec(message)
  return found === null ? null : Number(found[1])
}

/** Retry-After in seconds (RFC 9110, 10.2.3); a date is left to our own back-off. */
function secondsIn(header: string | readonly string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : null
}
