import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import { JoulemarkError } from '../../model/error.ts'
import { type Attempt, type AuthOptions, attempts } from './authenticate.ts'
import { type Hop, hopName } from './hop.ts'
import { type HostKeyCheck, hostKeyCheck } from './host-key.ts'

/** A live connection to one hop. */
export interface Connection {
  readonly client: ssh2.Client
  readonly hop: Hop
  /** How we proved who we are. */
  readonly authenticated: string
  /** Type and fingerprint of its key. */
  readonly hostKey: string
}

export interface ConnectOptions extends AuthOptions {
  /** The way through the hop before; null: straight. */
  readonly sock: (() => Promise<Duplex>) | null
}

const KEEPALIVE_SECONDS = 15
const KEEPALIVE_MISSES = 4

/** Connects one hop and proves both sides. Errors name the hop: not reachable, key refused, login refused, too slow. */
export async function connectHop(hop: Hop, o: ConnectOptions): Promise<Connection> {
  const skipped: string[] = []
  let first: unknown = null
  for (;;) {
    const check = await hostKeyCheck(hop)
    try {
      return await connectOnce(hop, o, check, algorithms(check.types, skipped))
    } catch (error) {
      first ??= error
      // A pinned key may be of another type than the one that the host shows first: ask for the others.
      const [type = ''] = check.shown().split(' ')
      const mayDiffer = hop.pinned !== undefined && check.refusal() !== null && !skipped.includes(type)
      if (!mayDiffer || skipped.length >= 2) throw first
      skipped.push(type)
    }
  }
}

/** Key types of known_hosts and the signature algorithms that show them, most wanted first. */
const SIGNATURES = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
] as const

function algorithms(first: readonly string[], skipped: readonly string[]): ssh2.ServerHostKeyAlgorithm[] {
  const wanted = SIGNATURES.filter(([type]) => !skipped.includes(type))
  const known = wanted.filter(([type]) => first.includes(type))
  const rest = wanted.filter(([type]) => !first.includes(type))
  return [...known, ...rest].flatMap(([, names]) => [...names])
}

async function connectOnce(
  hop: Hop,
  o: ConnectOptions,
  check: HostKeyCheck,
  serverHostKey: ssh2.ServerHostKeyAlgorithm[],
): Promise<Connection> {
  const client = new ssh2.Client()
  const ways = attempts(hop, o)
  const outcome = Promise.withResolvers<Connection>()
  outcome.promise.catch(() => {})
  const tried: string[] = []
  let current: Attempt | null = null
  const fail = (error: JoulemarkError) => {
    clearTimeout(timer)
    outcome.reject(error)
    client.destroy()
  }
  // Not ssh2's readyTimeout: it would run on while a person types a passphrase.
  let timer = setTimeout(() => fail(tooSlow(hop)), hop.connectSeconds * 1000)
  const nextWay = async (next: ssh2.NextAuthHandler) => {
    clearTimeout(timer)
    const { value } = await ways.next()
    timer = setTimeout(() => fail(tooSlow(hop)), hop.connectSeconds * 1000)
    current = value ?? null
    if (current === null) return fail(loginRefused(hop, tried))
    tried.push(current.title)
    next(current.method)
  }
  client.on('ready', () => {
    clearTimeout(timer)
    // Small packets go at once: else every command waits for the other side's delayed acknowledgement.
    client.setNoDelay(true)
    outcome.resolve({ client, hop, authenticated: current?.title ?? '', hostKey: check.shown() })
  })
  client.on('error', (error: Error & { readonly level?: string }) => {
    // An agent that can't be used is one way less; ssh2 goes on to the next.
    if (error.level === 'agent') return
    fail(check.refusal() ?? notReached(hop, error))
  })
  client.on('close', () => fail(check.refusal() ?? notReached(hop, new Error('the connection was closed'))))
  try {
    // The way may take longer to open than we wait.
    const sock =
      o.sock === null ? undefined : await Promise.race([o.sock(), outcome.promise.then(() => undefined)])
    client.connect({
      host: hop.hostname,
      port: hop.port,
      username: hop.user,
      ...(sock === undefined ? {} : { sock }),
      readyTimeout: 0,
      keepaliveInterval: KEEPALIVE_SECONDS * 1000,
      keepaliveCountMax: KEEPALIVE_MISSES,
      hostVerifier: (key: Buffer) => check.check(key),
      algorithms: { serverHostKey },
      authHandler: (_left, _partial, next) => {
        nextWay(next).catch((error: unknown) => fail(asError(hop, error)))
      },
    })
  } catch (error) {
    fail(asError(hop, error))
  }
  return outcome.promise
}

const asError = (hop: Hop, error: unknown): JoulemarkError =>
  error instanceof JoulemarkError ? error : notReached(hop, error)

const notReached = (hop: Hop, cause: unknown) =>
  new JoulemarkError({
    code: 'host-unreachable',
    message: `${hopName(hop)} can't be reached: ${cause instanceof Error ? cause.message : String(cause)}`,
    exit: 'unreachable',
    hint: `try: ssh ${hop.alias} true`,
    cause,
  })

const tooSlow = (hop: Hop) =>
  new JoulemarkError({
    code: 'host-unreachable',
    message: `${hopName(hop)} did not answer within ${hop.connectSeconds} s`,
    exit: 'unreachable',
    hint: 'see address, port and firewall; ConnectTimeout of the ssh_config is honoured',
  })

const loginRefused = (hop: Hop, tried: readonly string[]) =>
  new JoulemarkError({
    code: 'login-refused',
    message: `${hopName(hop)} did not let us in; tried: ${tried.length === 0 ? 'nothing, for there is no key and no agent' : tried.join(', ')}`,
    exit: 'unreachable',
    hint: 'name the key with “identity” (and “passphrase” by reference if it has one), or load it into the agent with ssh-add',
  })
