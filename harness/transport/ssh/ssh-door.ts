import { type Duplex, PassThrough } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { JoulemarkError } from '../../model/error.ts'
import type { HostLink } from '../../model/target.ts'
import type { Channel, ChannelExit, Door } from '../door.ts'
import { encodeCommand } from '../quote.ts'
import type { AuthOptions } from './authenticate.ts'
import { type Connection, connectHop } from './connect.ts'
import { type Hop, hopName } from './hop.ts'
import { makeTurnstile } from './turnstile.ts'

export interface SshDoorOptions extends AuthOptions {
  /** The hops to the host, itself last. Asked for at the first connection. */
  readonly resolve: () => Promise<readonly Hop[]>
}

/** Channels of one connection at once; sshd's MaxSessions is 10 by default, and may be 1: then it is found out. */
const MOST_CHANNELS = 4
const OPEN_SECONDS = 30
const CLOSE_SECONDS = 5

/** A machine over SSH: connects when first needed, through every hop, and again after `hush` or a lost connection. */
export function openSshDoor(o: SshDoorOptions): Door {
  let chain: Promise<readonly Connection[]> | null = null
  let turnstile = makeTurnstile(MOST_CHANNELS)

  async function connectChain(): Promise<readonly Connection[]> {
    const made: Connection[] = []
    try {
      for (const hop of await o.resolve()) {
        const before = made.at(-1)
        const sock = before === undefined ? null : () => forward(before, hop)
        made.push(await connectHop(hop, { ...o, sock }))
      }
    } catch (error) {
      for (const { client } of made) client.destroy()
      throw error
    }
    return made
  }

  async function connected(): Promise<readonly Connection[]> {
    if (chain !== null) return chain
    const mine = connectChain()
    chain = mine
    const forget = () => {
      if (chain === mine) chain = null
    }
    try {
      const connections = await mine
      for (const { client } of connections) client.once('close', forget)
      return connections
    } catch (error) {
      forget()
      throw error
    }
  }

  async function hush(): Promise<void> {
    const closing = chain
    chain = null
    turnstile = makeTurnstile(turnstile.limit())
    const connections = await closing?.catch(() => [])
    await closeChain(connections ?? [])
  }

  return {
    signals: false,
    open: async argv => {
      const command = encodeCommand(argv)
      const gate = turnstile
      const last = (await connected()).at(-1)
      if (last === undefined)
        throw new JoulemarkError({ code: 'no-hop', message: 'there is no host to connect to' })
      return gate.pass(release => openChannel(last, command, release))
    },
    aside: async argv => {
      const command = encodeCommand(argv)
      const own = await connectChain()
      const leave = () => void closeChain(own)
      try {
        return await openChannel(theLast(own), command, leave)
      } catch (error) {
        leave()
        throw error
      }
    },
    hush,
    link: async () => describe(await connected()),
    [Symbol.asyncDispose]: hush,
  }
}

/** Opens a tunnel to the next hop. */
function forward(from: Connection, to: Hop): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    from.client.forwardOut('127.0.0.1', 0, to.hostname, to.port, (error, channel) => {
      if (error === undefined) return resolve(channel)
      reject(
        new JoulemarkError({
          code: 'jump-refused',
          message: `jump host ${hopName(from.hop)} did not open the way to ${hopName(to)}: ${error.message}`,
          exit: 'unreachable',
          hint: 'see AllowTcpForwarding and PermitOpen there, and that the name resolves there',
          cause: error,
        }),
      )
    })
  })
}

/** Rejects with the error of ssh2 when the server has no channel for us; see turnstile. */
function openChannel({ client, hop }: Connection, command: string, release: () => void): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(connectionLost(hop))
    const timer = setTimeout(lost, OPEN_SECONDS * 1000)
    client.once('close', lost)
    const settle = () => {
      clearTimeout(timer)
      client.off('close', lost)
    }
    try {
      client.exec(command, (error, stream) => {
        settle()
        if (error) return reject(error)
        resolve(asChannel(stream, hop, release))
      })
    } catch (error) {
      settle()
      reject(error instanceof Error && error.message === 'Not connected' ? connectionLost(hop) : error)
    }
  })
}

function asChannel(stream: ClientChannel, hop: Hop, release: () => void): Channel {
  let ended = false
  const exit = new Promise<ChannelExit>((resolve, reject) => {
    stream.on('exit', (code: number | null, signal?: string) => {
      ended = true
      resolve({ code, signal: signal ?? null })
    })
    stream.on('close', () => {
      release()
      reject(connectionLost(hop))
    })
  })
  exit.catch(() => {})
  stream.on('error', () => {})
  stream.stderr.on('error', () => {})
  // Readers may stop anywhere and destroy what they read; the channel itself must not be touched by that.
  const stdout = stream.pipe(new PassThrough())
  const stderr = stream.stderr.pipe(new PassThrough())
  for (const own of [stdout, stderr]) own.on('error', () => {})
  return {
    stdin: stream,
    stdout,
    stderr,
    exit,
    kill: signal => {
      if (!ended) stream.signal(signal)
    },
    close: () => {
      // ssh2 tells of a channel's end only when all its output was read.
      for (const raw of [stream, stream.stderr]) raw.unpipe().resume()
      stream.close()
      stdout.destroy()
      stderr.destroy()
    },
  }
}

async function closeChain(connections: readonly Connection[]): Promise<void> {
  for (const { client } of [...connections].reverse()) await closeClient(client)
}

function theLast(connections: readonly Connection[]): Connection {
  const last = connections.at(-1)
  if (last !== undefined) return last
  throw new JoulemarkError({ code: 'no-hop', message: 'there is no host to connect to' })
}

function closeClient(client: Client): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      client.destroy()
      resolve()
    }, CLOSE_SECONDS * 1000)
    client.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    client.end()
  })
}

function describe(connections: readonly Connection[]): HostLink {
  const last = connections.at(-1)
  if (last === undefined) return { how: 'ssh', user: '', address: '', key: '', via: [], notes: [] }
  return {
    how: 'ssh',
    user: last.hop.user,
    address: hopName(last.hop).slice(last.hop.user.length + 1),
    key: `${last.authenticated}; host key ${last.hostKey}`,
    via: connections.slice(0, -1).map(({ hop }) => hopName(hop)),
    notes: [...new Set(connections.flatMap(({ hop }) => hop.notes))],
  }
}

const connectionLost = (hop: Hop) =>
  new JoulemarkError({
    code: 'connection-lost',
    message: `the connection to ${hopName(hop)} was lost`,
    exit: 'unreachable',
    hint: 'what was detached there goes on until its deadline; “joulemark run --resume” goes on with it',
  })
