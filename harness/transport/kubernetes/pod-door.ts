import { PassThrough, Writable } from 'node:stream'
import { z } from 'zod'
import { JoulemarkError } from '../../model/error.ts'
import type { HostLink } from '../../model/target.ts'
import type { Channel, ChannelExit, Door, OpenOptions } from '../door.ts'
import { type Kube, kubePath } from './kube.ts'
import { answerError, lostError } from './kube-errors.ts'

/** A container of a pod. */
export interface PodPlace {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** What of a WebSocket is used; `ws` behind @kubernetes/client-node. */
interface Socket {
  readonly protocol: string
  send(data: Uint8Array, done: (error?: Error) => void): void
  close(): void
  terminate(): void
  pause(): void
  resume(): void
  on(event: 'close' | 'error', listener: () => void): void
}

/** Channels of the protocol (k8s.io/apimachinery remotecommand/constants.go): the first byte of every message. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const
/** The first that can end stdin without ending the command; servers have it from 1.30 on. */
const PROTOCOL = 'v5.channel.k8s.io'
/** Of one message; servers close the connection on large ones. */
const FRAME_BYTES = 32_768
/**
 * Of one stream, before the server is held back. Both share one connection: while it is held for one, the other gets nothing, so that a reader
 * who waits for the first line of one may leave that much of the other.
 */
const AHEAD_BYTES = 4_194_304
const OPEN_SECONDS = 30

/** A container, entered by the API server's exec. `signals`: it can't end what it started; the opener does that by a second command. */
export function openPodDoor(kube: Kube, place: () => Promise<PodPlace>): Door {
  const open = new Set<Socket>()

  async function enter(argv: readonly string[], { noInput = false }: OpenOptions = {}): Promise<Channel> {
    const { namespace, pod, container } = await place()
    const query = new URLSearchParams({ stdin: String(!noInput), stdout: 'true', stderr: 'true', container })
    for (const word of argv) query.append('command', word)
    const path = kubePath('api', 'v1', 'namespaces', namespace, 'pods', pod, 'exec')
    const wires = makeWires()
    const socket = await connect(kube, `${path}?${query.toString()}`, path, wires)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    // A command that has ended no longer reads: the end of an input that crosses with its own would cost us what it said last.
    return noInput
      ? { ...asChannel(socket, wires), stdin: new PassThrough().resume() }
      : asChannel(socket, wires)
  }

  async function hush(): Promise<void> {
    for (const socket of open) socket.terminate()
    open.clear()
  }

  return {
    signals: false,
    open: enter,
    aside: enter,
    hush,
    link: async () => {
      await place()
      return describe(kube)
    },
    [Symbol.asyncDispose]: hush,
  }
}

interface Wires {
  readonly stdout: PassThrough
  readonly stderr: PassThrough
  readonly exit: PromiseWithResolvers<ChannelExit>
  /** Set when the socket is there: holds the server back while a reader is slow. */
  hold: (stream: PassThrough) => void
}

function makeWires(): Wires {
  const exit = Promise.withResolvers<ChannelExit>()
  exit.promise.catch(() => {})
  const stream = (): PassThrough => new PassThrough({ writableHighWaterMark: AHEAD_BYTES })
  const wires: Wires = { stdout: stream(), stderr: stream(), exit, hold: () => {} }
  for (const stream of [wires.stdout, wires.stderr]) stream.on('error', () => {})
  return wires
}

async function connect(kube: Kube, address: string, path: string, wires: Wires): Promise<Socket> {
  const { Exec } = await import('@kubernetes/client-node')
  const { handler } = new Exec(kube.config)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(lostError(`no answer within ${OPEN_SECONDS} s`)),
    OPEN_SECONDS * 1000,
  )
  const connecting = handler
    .connect(address, null, (channel, data) => receive(channel, data, wires))
    .then(made => made as unknown as Socket)
  connecting.then(
    socket => void late.promise.catch(() => socket.terminate()),
    () => {},
  )
  try {
    const socket = await Promise.race([connecting, late.promise])
    if (socket.protocol === PROTOCOL) return socket
    socket.terminate()
    throw new JoulemarkError({
      code: 'kube-too-old',
      exit: 'unreachable',
      message: `the API server speaks ${socket.protocol || 'an unknown protocol'} for exec, which can't end a command's input`,
      hint: 'Kubernetes 1.30 or newer is needed',
    })
  } catch (error) {
    throw error instanceof JoulemarkError ? error : refused(error, path)
  } finally {
    clearTimeout(timer)
  }
}

/** False: the connection is closed. */
function receive(channel: number, data: Buffer, wires: Wires): boolean {
  if (channel === CHANNEL.status) {
    settle(data, wires)
    return false
  }
  const stream = channel === CHANNEL.stdout ? wires.stdout : channel === CHANNEL.stderr ? wires.stderr : null
  if (stream === null || stream.writableEnded || stream.destroyed) return true
  if (!stream.write(data)) wires.hold(stream)
  return true
}

const ExecStatus = z.object({
  status: z.string(),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z
    .object({
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).optional(),
    })
    .optional(),
})

/** The last message: how the command ended. */
function settle(data: Buffer, { stdout, stderr, exit }: Wires): void {
  stdout.end()
  stderr.end()
  try {
    exit.resolve(exitOf(ExecStatus.parse(JSON.parse(data.toString('utf8')))))
  } catch (error) {
    exit.reject(error instanceof JoulemarkError ? error : lostError(error))
  }
}

function exitOf(status: z.infer<typeof ExecStatus>): ChannelExit {
  if (status.status === 'Success') return { code: 0, signal: null }
  const code = status.details?.causes?.find(cause => cause.reason === 'ExitCode')?.message
  if (code !== undefined && /^\d+$/.test(code)) return { code: Number(code), signal: null }
  throw new JoulemarkError({
    code: 'pod-exec',
    exit: 'unreachable',
    message: `a command in a pod could not be run: ${(status.message ?? status.reason ?? 'no reason').slice(0, 500)}`,
  })
}

function asChannel(socket: Socket, wires: Wires): Channel {
  const { stdout, stderr, exit } = wires
  wires.hold = stream => {
    socket.pause()
    const go = (): void => socket.resume()
    stream.once('drain', go)
    stream.once('close', go)
  }
  socket.on('error', () => {})
  socket.on('close', () => {
    stdout.end()
    stderr.end()
    exit.reject(lostError('the connection to a pod was lost'))
  })
  const frame = (channel: number, data: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(channel), data])
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const send = (from: number): void => {
        const part = chunk.subarray(from, from + FRAME_BYTES)
        const next = from + FRAME_BYTES
        socket.send(frame(CHANNEL.stdin, part), error =>
          error || next >= chunk.length ? done(error) : send(next),
        )
      }
      send(0)
    },
    final: done => socket.send(frame(CHANNEL.close, Buffer.of(CHANNEL.stdin)), done),
  })
  stdin.on('error', () => {})
  return {
    stdin,
    stdout,
    stderr,
    exit: exit.promise,
    kill: () => {},
    close: () => {
      stdout.destroy()
      stderr.destroy()
      socket.terminate()
    },
  }
}

/** ws says no more than the status of a handshake that failed. */
function refused(error: unknown, path: string): JoulemarkError {
  const text =
    error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error)
  const status = /Unexpected server response: (\d{3})/.exec(text)?.[1]
  if (status === undefined) return lostError(text)
  return answerError(
    { method: 'GET', path },
    Number(status),
    Buffer.from(status === '403' ? 'create pods/exec is forbidden' : ''),
  )
}

function describe(kube: Kube): HostLink {
  const cluster = kube.config.getCurrentCluster()
  return {
    how: 'kubernetes',
    user: kube.config.getCurrentUser()?.name ?? '',
    address: cluster === null ? '' : new URL(cluster.server).host,
    key: cluster?.skipTLSVerify === true ? 'certificate not checked' : '',
    via: [],
    notes: cluster?.skipTLSVerify === true ? ['insecure-skip-tls-verify is set in the kubeconfig'] : [],
  }
}
