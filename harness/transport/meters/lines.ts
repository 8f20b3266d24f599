import { connect, type Socket } from 'node:net'
import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { type LineLink, MeterError } from '../../model/meter.ts'
import { connectionFault } from './faults.ts'
import type { Bounded } from './within.ts'

const MAX_LINE = 4096

/** A line protocol over TCP, as NUT's server speaks it: one connection, made when it is needed, and again after it was lost. */
export function openLines(connection: MeterConnection, readSecret: ReadSecret): LineLink & Bounded {
  let line: Line | null = null
  let signal: AbortSignal | null = null

  async function opened(): Promise<Line> {
    if (line !== null && !line.closed()) return line
    const made = await openLine(connection.address ?? '', connection.port ?? 3493, signal)
    line = made
    if (connection.login === 'line' && connection.password !== undefined) {
      await login(made, `USERNAME ${connection.user}`)
      await login(made, `PASSWORD ${quoted(await readSecret(connection.password))}`)
    }
    return made
  }

  async function login(on: Line, words: string): Promise<void> {
    const answer = await on.ask(words, signal)
    if (answer !== 'OK') {
      on.close()
      throw new MeterError('credentials', 'user or password is wrong')
    }
  }

  return {
    kind: 'lines',
    ask: async words => (await opened()).ask(words, signal),
    async within(until, act) {
      signal = until
      try {
        return await act()
      } finally {
        signal = null
      }
    },
    async close() {
      line?.close()
      line = null
    },
  }
}

/** As NUT's protocol quotes words. */
function quoted(word: string): string {
  if (/[\r\n]/.test(word)) throw new MeterError('credentials', 'the password has several lines')
  return `"${word.replaceAll(/["\\]/g, '\\$&')}"`
}

interface Line {
  ask(words: string, signal: AbortSignal | null): Promise<string>
  closed(): boolean
  close(): void
}

async function openLine(host: string, port: number, signal: AbortSignal | null): Promise<Line> {
  const socket = connect({ host, port })
  socket.setEncoding('utf8')
  const lost = (error: unknown): void => {
    socket.destroy()
    waiting?.reject(connectionFault(error))
    waiting = null
  }
  let waiting: { resolve(line: string): void; reject(error: Error): void } | null = null
  let rest = ''
  socket.on('error', lost)
  socket.on('close', () => lost(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  socket.on('data', (chunk: string) => {
    rest += chunk
    const end = rest.indexOf('\n')
    if (end < 0 && rest.length > MAX_LINE) return lost(new MeterError('garbage', 'it sends no lines'))
    if (end < 0) return
    const said = rest.slice(0, end).replace(/\r$/, '')
    rest = rest.slice(end + 1)
    waiting?.resolve(said)
    waiting = null
  })
  await until(signal, socket, (resolve, reject) => {
    waiting = { resolve, reject }
    socket.once('connect', () => {
      waiting = null
      resolve('')
    })
  })
  return {
    ask: (words, of) =>
      until(of, socket, (resolve, reject) => {
        if (socket.destroyed) return reject(new MeterError('unreachable', 'the connection was lost'))
        rest = ''
        waiting = { resolve, reject }
        socket.write(`${words}\n`)
      }),
    closed: () => socket.destroyed,
    close: () => {
      if (!socket.destroyed) socket.end('LOGOUT\n', () => socket.destroy())
    },
  }
}

/** What is cut off leaves an answer that may still come: the connection is given up with it. */
async function until(
  signal: AbortSignal | null,
  socket: Socket,
  act: (resolve: (line: string) => void, reject: (error: Error) => void) => void,
): Promise<string> {
  const cut = (): void => void socket.destroy(Object.assign(new Error('cut off'), { code: 'ETIMEDOUT' }))
  signal?.addEventListener('abort', cut, { once: true })
  try {
    if (signal?.aborted === true) cut()
    return await new Promise<string>(act)
  } finally {
    signal?.removeEventListener('abort', cut)
  }
}
