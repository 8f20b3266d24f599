// Meters over Modbus/TCP: pymodbus' simulator, read by us and by mbpoll, and the faults that the protocol can show.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, ask, meter, watts } from '../../testbed/meters/ask.ts'
import { MODEL_203, type ModbusDevice, NOWHERE, startModbus } from '../../testbed/meters/modbus.ts'
import { freePort } from '../../testbed/meters/server.ts'

const at = (port: number, settings: object, seconds = 5): Asked => ({
  kind: 'modbus',
  settings,
  connection: { address: '127.0.0.1', port },
  seconds,
})
const kWh = (value: string) => ({ energy: { value: BigInt(Math.round(Number(value) * 1e6)) * 3_600_000n } })

describe('a device', () => {
  let device: ModbusDevice
  beforeAll(async () => {
    device = await startModbus()
  })
  afterAll(() => device[Symbol.asyncDispose]())

  test('meters whose registers are known, and what they become; another client reads the same', async () => {
    await using open = meter(at(device.port, { map: 'eastron-sdm630' }))
    expect(await open.values()).toEqual([{ ...watts(412.5), ...kWh('19516.25') }])
    expect(await device.read(52, 'float32')).toBe(412.5)
    await device.write(52, 'float32', 501.125)
    await device.write(72, 'float32', 19_517.5)
    expect(await open.values()).toEqual([{ ...watts(501.125), ...kWh('19517.5') }])
    expect(await device.read(52, 'float32')).toBe(501.125)
    expect(await ask(at(device.port, { map: 'eastron-sdm120' }))).toMatchObject([watts(87.25)])
  })

  test('0 W and no number are flaws', async () => {
    await using open = meter(at(device.port, { map: 'eastron-sdm72' }))
    await device.write(52, 'float32', 0)
    expect(await open.values()).toMatchObject([{ power: { flaw: 'not positive' } }])
    await device.write(52, 'float32', Number.NaN)
    expect(await open.values()).toMatchObject([{ power: { flaw: 'not a number' } }])
    await device.write(52, 'float32', 230.5)
    expect(await open.values()).toMatchObject([watts(230.5)])
  })

  test('registers of one’s own: types, order of words, scale', async () => {
    const registers = [
      { instance: 'feed A', address: 500, type: 'uint32', scale: 0.1, unit: 'W' },
      { instance: 'feed A', address: 506, type: 'uint64', unit: 'J' },
      { instance: 'feed B', table: 'holding', address: 502, type: 'int32', words: 'low-first', unit: 'mW' },
      { instance: 'feed C', table: 'holding', address: 504, type: 'int16', scale: -1, unit: 'W' },
    ]
    expect(await ask(at(device.port, { registers }))).toEqual([
      { ...watts(210.5, 'feed A'), energy: { value: (2n ** 53n + 1n) * 1_000_000n } },
      watts(123.456, 'feed B'),
      { instance: 'feed C', power: { flaw: 'not a number' } },
    ])
  })

  test('SunSpec: integers with their powers of ten, floats, and which of several', async () => {
    await using open = meter(at(device.port, { map: 'sunspec', meter: 1 }))
    expect(await open.values()).toEqual([{ ...watts(412.5), ...kWh('19516.25') }])
    await device.write(MODEL_203 + 18, 'int16', 3990)
    expect(await open.values()).toMatchObject([watts(399)])
    await device.write(MODEL_203 + 18, 'int16', 0x8000)
    expect(await open.values()).toMatchObject([{ power: { flaw: 'not a number' } }])
    expect(await ask(at(device.port, { map: 'sunspec', meter: 2 }))).toEqual([
      { ...watts(231.5), ...kWh('7000.25') },
    ])
    expect(await ask(at(device.port, { map: 'sunspec' }))).toBe(
      'absent: it has 2 meters: say which under meter (1 is of model 203, 2 is of model 213)',
    )
    expect(await ask(at(device.port, { map: 'sunspec', meter: 3 }))).toMatch(/^absent: it has no meter 3/)
  })

  test('registers that are not there', async () => {
    const registers = [{ address: NOWHERE, unit: 'W' }]
    expect(await ask(at(device.port, { registers }))).toBe(
      `absent: it has no such registers (exception 2; input ${NOWHERE} to ${NOWHERE + 1})`,
    )
  })
})

test('a connection that is lost is made anew, and nobody there is said', async () => {
  const port = await freePort()
  const device = await startModbus({ port })
  await using open = meter(at(port, { map: 'eastron-sdm630' }))
  expect(await open.values()).toMatchObject([watts(412.5)])
  await device[Symbol.asyncDispose]()
  await expect(open.values()).rejects.toMatchObject({ fault: 'unreachable' })
  await expect(open.values()).rejects.toMatchObject({
    fault: 'unreachable',
    message: 'no connection (ECONNREFUSED)',
  })
  await using _again = await startModbus({ port })
  expect(await open.values()).toMatchObject([watts(412.5)])
})

/** A double for what the simulator can't be made to do. */
async function tcpDouble(
  act: (socket: Socket, question: Buffer) => void,
): Promise<AsyncDisposable & { readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', question => act(socket, question))
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => void server.close(resolve))
    },
  }
}

const POWER = { registers: [{ address: 52, unit: 'W' }] }

/** 412.5 as an answer to a question for two registers. */
const answerTo = (question: Buffer): Buffer =>
  Buffer.concat([
    question.subarray(0, 4),
    Buffer.from([0, 7, ...question.subarray(6, 8), 4, 0x43, 0xce, 0x40, 0]),
  ])

describe('a double', () => {
  test.each([
    [1, 'absent: it does not know the function'],
    [2, 'absent: it has no such registers'],
    [3, 'absent: it does not give these registers at once'],
    [4, 'slow: it failed while it read them'],
    [6, 'slow: it is busy'],
    [7, 'garbage: it answers with an unknown exception'],
    [10, 'unreachable: the gateway has no way to the device'],
    [11, 'unreachable: the device behind the gateway did not answer'],
  ])('exception %d, after which the connection is kept', async (code, fault) => {
    let asked = 0
    await using double = await tcpDouble((socket, question) => {
      asked += 1
      const [unit = 0, plain = 0] = question.subarray(6, 8)
      const exception = Buffer.from([...question.subarray(0, 4), 0, 3, unit, plain | 0x80, code])
      socket.write(asked === 1 ? exception : answerTo(question))
    })
    await using open = meter(at(double.port, POWER))
    await expect(open.values()).rejects.toMatchObject({
      fault: fault.split(':')[0],
      message: `${fault.split(': ')[1]} (exception ${code}; input 52 to 53)`,
    })
    expect(await open.values()).toEqual([watts(412.5)])
    expect(double.sockets).toHaveLength(1)
  })

  test.each<[string, (question: Buffer) => Buffer]>([
    ['another protocol', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['the answer to another question', question => answerTo(question).fill(0x99, 0, 2)],
    ['the answer of another device', question => answerTo(question).fill(0x99, 6, 7)],
    ['an answer to another function', question => answerTo(question).fill(3, 7, 8)],
    ['fewer registers', question => answerTo(question).fill(2, 8, 9).fill(5, 5, 6).subarray(0, 11)],
    ['more than the answer', question => Buffer.concat([answerTo(question), Buffer.alloc(1)])],
    ['without end', () => Buffer.alloc(1 << 20)],
  ])('%s is garbage, and the connection is given up', async (_, answer) => {
    let asked = 0
    await using double = await tcpDouble((socket, question) => {
      asked += 1
      socket.write(asked === 1 ? answer(question) : answerTo(question))
    })
    await using open = meter(at(double.port, POWER))
    await expect(open.values()).rejects.toMatchObject({ fault: 'garbage' })
    expect(await open.values()).toEqual([watts(412.5)])
    expect(double.sockets).toHaveLength(2)
  })

  test('an answer that comes byte by byte is an answer', async () => {
    await using double = await tcpDouble((socket, question) => {
      socket.setNoDelay()
      const left = [...answerTo(question)]
      const timer = setInterval(() => {
        const byte = left.shift()
        if (byte === undefined) clearInterval(timer)
        else socket.write(Buffer.from([byte]))
      }, 2)
    })
    expect(await ask(at(double.port, POWER))).toEqual([watts(412.5)])
  })

  test('one that is silent is given up in time, and asked anew over another connection', async () => {
    let asked = 0
    await using double = await tcpDouble((socket, question) => {
      asked += 1
      if (asked > 1) socket.write(answerTo(question))
    })
    await using open = meter(at(double.port, POWER, 1))
    await expect(open.values()).rejects.toMatchObject({ fault: 'slow', message: 'no answer within 1 s' })
    expect(await open.values()).toEqual([watts(412.5)])
    expect(double.sockets).toHaveLength(2)
  })

  test('one that hangs up', async () => {
    await using double = await tcpDouble(socket => void socket.destroy())
    expect(await ask(at(double.port, POWER))).toBe('unreachable: no connection (ECONNRESET)')
  })
})
