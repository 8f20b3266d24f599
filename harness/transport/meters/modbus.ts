import { connect, type Socket } from 'node:net'
import jsmodbus from 'jsmodbus'
import type { MeterConnection } from '../../model/connection.ts'
import { MeterError, type MeterFault, type RegisterBlock, type RegisterLink } from '../../model/meter.ts'
import { connectionFault } from './faults.ts'
import type { Bounded } from './within.ts'

const { errors, ModbusTCPRequest, ModbusTCPResponse, requests, responses } = jsmodbus

/** Modbus/TCP: one connection, made when it is needed, and again after it was lost. */
export function openModbus(connection: MeterConnection): RegisterLink & Bounded {
  let wire: Wire | null = null
  let signal: AbortSignal | null = null

  async function opened(unit: number): Promise<Wire> {
    if (wire !== null && wire.unit === unit && !wire.closed()) return wire
    wire?.close()
    wire = null
    wire = await openWire({ host: connection.address ?? '', port: connection.port ?? 502, unit }, signal)
    return wire
  }

  return {
    kind: 'modbus',
    read: async block => (await opened(block.unit)).read(block, signal),
    async within(until, act) {
      signal = until
      try {
        return await act()
      } finally {
        signal = null
      }
    },
    async close() {
      wire?.close()
      wire = null
    },
  }
}

interface Wire {
  readonly unit: number
  read(block: RegisterBlock, signal: AbortSignal | null): Promise<readonly number[]>
  closed(): boolean
  close(): void
}

/**
 * The library makes questions and reads answers; its own client is not used: an exception of a code that it does not know ends the process,
 * and what is no Modbus fills its buffer.
 */
async function openWire(
  { unit, ...place }: { readonly host: string; readonly port: number; readonly unit: number },
  signal: AbortSignal | null,
): Promise<Wire> {
  const socket = connect(place)
  let waiting: { resolve(words: readonly number[]): void; reject(error: Error): void } | null = null
  let asked: Question | null = null
  let got: Buffer = Buffer.alloc(0)
  let id = 0
  const lost = (error: unknown): void => {
    socket.destroy()
    waiting?.reject(connectionFault(error))
    waiting = null
  }
  socket.on('error', lost)
  socket.on('close', () => lost(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  socket.on('data', (chunk: Buffer) => {
    got = Buffer.concat([got, chunk])
    if (asked === null || !mayBe(got, asked))
      return lost(new MeterError('garbage', 'not what a server of Modbus says'))
    const body = ModbusTCPResponse.fromBuffer(got)?.body
    if (body === undefined) return
    const { block } = asked
    asked = null
    if (errors.isExceptionResponseBody(body)) waiting?.reject(exceptionOf(body.code, block))
    else if (
      body instanceof responses.ReadInputRegistersResponseBody ||
      body instanceof responses.ReadHoldingRegistersResponseBody
    )
      waiting?.resolve([...body.valuesAsArray])
    waiting = null
  })
  await until(signal, socket, (resolve, reject) => {
    waiting = { resolve, reject }
    socket.once('connect', () => {
      waiting = null
      resolve([])
    })
  })
  return {
    unit,
    read: (block, of) =>
      until(of, socket, (resolve, reject) => {
        if (socket.destroyed) return reject(new MeterError('unreachable', 'the connection was lost'))
        id = (id + 1) & 0xffff
        asked = { id, block }
        got = Buffer.alloc(0)
        waiting = { resolve, reject }
        socket.write(questionOf(asked))
      }),
    closed: () => socket.destroyed,
    close: () => void socket.destroy(),
  }
}

interface Question {
  /** Number of the transaction; the answer bears it, too. */
  readonly id: number
  readonly block: RegisterBlock
}

function questionOf({ id, block: { table, first, count, unit } }: Question): Buffer {
  const body =
    table === 'input'
      ? new requests.ReadInputRegistersRequestBody(first, count)
      : new requests.ReadHoldingRegistersRequestBody(first, count)
  return new ModbusTCPRequest(id, 0, body.byteCount + 1, unit, body).createPayload()
}

/** What is cut off leaves an answer that may still come: the connection is given up with it. */
async function until(
  signal: AbortSignal | null,
  socket: Socket,
  act: (resolve: (words: readonly number[]) => void, reject: (error: Error) => void) => void,
): Promise<readonly number[]> {
  const cut = (): void => void socket.destroy(Object.assign(new Error('cut off'), { code: 'ETIMEDOUT' }))
  signal?.addEventListener('abort', cut, { once: true })
  try {
    if (signal?.aborted === true) cut()
    return await new Promise<readonly number[]>(act)
  } finally {
    signal?.removeEventListener('abort', cut)
  }
}

/** Transaction, protocol and length, then unit, function and size or exception (MODBUS Messaging on TCP/IP 1.0b, 3.1.3). */
const HEAD = 9
const FUNCTIONS = { holding: 3, input: 4 } as const

/** Whether bytes are the answer to a question, registers or an exception, or may become it. */
function mayBe(got: Buffer, { id, block: { table, count, unit } }: Question): boolean {
  const size = 2 * count
  const transaction = [id >> 8, id & 0xff, 0, 0, 0]
  const registers = [...transaction, 3 + size, unit, FUNCTIONS[table], size]
  const exception = [...transaction, 3, unit, 0x80 | FUNCTIONS[table]]
  const fits = (wanted: readonly number[], length: number): boolean =>
    got.length <= length && wanted.slice(0, got.length).every((byte, i) => byte === got[i])
  return fits(registers, HEAD + size) || fits(exception, HEAD)
}

/** Exceptions of the MODBUS Application Protocol, 1.1b3, section 7. */
const EXCEPTIONS: Readonly<Record<number, readonly [MeterFault, string]>> = {
  1: ['absent', 'it does not know the function'],
  2: ['absent', 'it has no such registers'],
  3: ['absent', 'it does not give these registers at once'],
  4: ['slow', 'it failed while it read them'],
  5: ['slow', 'it needs longer'],
  6: ['slow', 'it is busy'],
  10: ['unreachable', 'the gateway has no way to the device'],
  11: ['unreachable', 'the device behind the gateway did not answer'],
}

function exceptionOf(code: number, { table, first, count }: RegisterBlock): MeterError {
  const [fault, reason] = EXCEPTIONS[code] ?? ['garbage', 'it answers with an unknown exception']
  return new MeterError(fault, `${reason} (exception ${code}; ${table} ${first} to ${first + count - 1})`)
}
