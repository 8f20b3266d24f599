import { type IncomingMessage, request as plainRequest } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { JoulemarkError } from '../../model/error.ts'
import { answerError, isPassing, lostError } from './kube-errors.ts'

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the server's root, e.g. `/api/v1/nodes`; every part of it that varies is encoded by `kubePath`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly body?: unknown
  /** Default `application/json`. */
  readonly contentType?: string
  /** Of the answer; default 16 MiB. */
  readonly maxBytes?: number
  /** For one try; default 30. */
  readonly deadlineSeconds?: number
  /** How long a server that is away or overloaded is asked again; default 60. 0: once. */
  readonly patienceSeconds?: number
  readonly signal?: AbortSignal
  /** Somebody else than the API server who takes the same credentials, and whom the cluster's authority has certified. Default: the API server. */
  readonly other?: { readonly server: string; readonly who: string }
}

export interface KubeAnswer {
  readonly body: Buffer
  /** The server's clock by its Date header, µs, of one second's resolution; null: it sent none. */
  readonly at: number | null
}

/** One cluster under one context of a kubeconfig. Credentials are asked for anew for every call: tokens expire. */
export interface Kube {
  /** Sends one request. Errors: `kube-…` by what the server answered, `kube-unreachable` when it did not. */
  call(request: KubeRequest): Promise<KubeAnswer>
  readonly config: KubeConfig
}

const MAX_BYTES = 16 << 20
const DEADLINE_SECONDS = 30
const PATIENCE_SECONDS = 60
const FIRST_PAUSE_MILLIS = 250
const LONGEST_PAUSE_MILLIS = 4000

/** A path of the API; parts are encoded. */
export const kubePath = (...parts: readonly string[]): string =>
  `/${parts.map(part => encodeURIComponent(part)).join('/')}`

/** Talks to the API server of the current context of `config`. */
export function makeKube(config: KubeConfig): Kube {
  const cluster = config.getCurrentCluster()
  if (cluster === null)
    throw new JoulemarkError({
      code: 'kube-context',
      exit: 'usage',
      message: `context ${JSON.stringify(config.getCurrentContext())} of the kubeconfig names no cluster that is there`,
      hint: 'kubectl config get-contexts lists what there is',
    })
  const { server } = cluster

  async function once(request: KubeRequest): Promise<KubeAnswer> {
    const options: RequestOptions = { method: request.method, headers: { accept: 'application/json' } }
    const seconds = request.deadlineSeconds ?? DEADLINE_SECONDS
    const deadline = AbortSignal.timeout(seconds * 1000)
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal])
    try {
      await unlessAborted(authenticate(config, options), signal)
      if (request.other !== undefined) forOther(options)
      return await exchange(
        `${(request.other?.server ?? server).replace(/\/+$/, '')}${request.path}`,
        request,
        { ...options, signal },
      )
    } catch (error) {
      request.signal?.throwIfAborted()
      if (error instanceof JoulemarkError) throw error
      throw lostError(deadline.aborted ? `no answer within ${seconds} s` : error, request.other?.who)
    }
  }

  return {
    config,
    call: async request => {
      const until = performance.now() + (request.patienceSeconds ?? PATIENCE_SECONDS) * 1000
      for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
        try {
          return await once(request)
        } catch (error) {
          if (!isPassing(error) || performance.now() + pause > until) throw error
        }
        await sleep(pause, undefined, request.signal === undefined ? {} : { signal: request.signal })
      }
    },
  }
}

/** A program that is asked for credentials may wait for somebody to log in. */
async function unlessAborted(doing: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([doing, promise])
  } finally {
    signal.removeEventListener('abort', abort)
    doing.catch(() => {})
  }
}

/** Credentials go to nobody who has not shown a certificate for himself, whatever the kubeconfig lets pass for the API server. */
function forOther(options: RequestOptions): void {
  // The client's agent is the API server's: its settings would count before these.
  Object.assign(options, { agent: false, servername: undefined, rejectUnauthorized: true })
}

/** Credentials, from wherever the kubeconfig says: a file, a token, a program that is run for them. */
async function authenticate(config: KubeConfig, options: RequestOptions): Promise<void> {
  try {
    await config.applyToHTTPSOptions(options)
  } catch (cause) {
    throw new JoulemarkError({
      code: 'kube-credentials',
      exit: 'unreachable',
      message: `the credentials of context ${config.getCurrentContext()} can't be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      publicMessage: "the credentials of the kubeconfig can't be used",
      hint: 'kubectl cluster-info with the same kubeconfig and context shows the same',
      cause,
    })
  }
}

/** The same, read as JSON. The caller knows what the API gives there. */
export async function callJson<T>(kube: Pick<Kube, 'call'>, request: KubeRequest): Promise<T> {
  const { body } = await kube.call(request)
  try {
    return JSON.parse(body.toString('utf8')) as T
  } catch (cause) {
    throw new JoulemarkError({
      code: 'kube-answer',
      exit: 'unreachable',
      message: `the API server answered ${request.method} ${request.path} with something that is no JSON`,
      cause,
    })
  }
}

async function exchange(address: string, o: KubeRequest, options: RequestOptions): Promise<KubeAnswer> {
  const url = new URL(address)
  for (const [name, value] of Object.entries(o.query ?? {})) url.searchParams.set(name, String(value))
  const body = o.body === undefined ? null : JSON.stringify(o.body)
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(url, options, resolve)
    if (body !== null) {
      request.setHeader('content-type', o.contentType ?? 'application/json')
      request.setHeader('content-length', Buffer.byteLength(body))
    }
    request.once('error', reject)
    request.end(body ?? undefined)
  })
  const answer = await readAll(response, o)
  const status = response.statusCode ?? 0
  if (status >= 400 || status < 200)
    throw answerError(
      { method: o.method, path: o.path, ...(o.other && { who: o.other.who }) },
      status,
      answer,
    )
  const date = Date.parse(response.headers.date ?? '')
  return { body: answer, at: Number.isNaN(date) ? null : date * 1000 }
}

async function readAll(response: IncomingMessage, o: KubeRequest): Promise<Buffer> {
  const most = o.maxBytes ?? MAX_BYTES
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) {
      response.destroy()
      throw new JoulemarkError({
        code: 'kube-answer',
        exit: 'unreachable',
        message: `${o.other?.who ?? 'the API server'}'s answer to ${o.method} ${o.path} is larger than ${most} bytes`,
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
