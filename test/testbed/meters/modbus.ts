import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, startServer } from './server.ts'

const run = promisify(execFile)

/** pymodbus' simulator of a device, on loopback; registers are written, and read for comparison, by mbpoll (Debian's), which knows nothing of us. */
export interface ModbusDevice extends AsyncDisposable {
  readonly port: number
  write(address: number, type: Type, value: number): Promise<void>
  read(address: number, type: Type): Promise<number>
}

type Type = 'int16' | 'float32'
const MBPOLL: Readonly<Record<Type, string>> = { int16: '4', float32: '4:float' }

/** Where the models of meters lie in the map of SunSpec: model 203 with integers, 213 with floats. */
export const MODEL_203 = 40_070
export const MODEL_213 = MODEL_203 + 107
/** The device has no such registers. */
export const NOWHERE = 1200

/**
 * Registers of an Eastron SDM120 (12) and SDM630 (52 and 72), of a meter of one's own (500 to 509), and a map of SunSpec. Both tables have the same.
 * @param o.port default: one that is free
 */
export async function startModbus(o: { readonly port?: number } = {}): Promise<ModbusDevice> {
  const script = fileURLToPath(new URL('../get-modbus-simulator', import.meta.url))
  const { stdout } = await run(script, { timeout: 600_000 })
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-modbus-'))
  const port = o.port ?? (await freePort())
  await writeFile(join(dir, 'device.json'), JSON.stringify(configOf(port)))
  const server = await startServer(
    [
      stdout.trim(),
      '--json_file',
      join(dir, 'device.json'),
      '--modbus_server',
      'server',
      '--modbus_device',
      'meter',
      '--http_host',
      '127.0.0.1',
      '--http_port',
      String(await freePort()),
      '--log',
      'warning',
    ],
    { port, log: join(dir, 'log'), cwd: dir },
  )
  const mbpoll = (address: number, type: Type, rest: readonly string[]) =>
    run('mbpoll', `-m tcp -p ${port} -a 1 -t ${MBPOLL[type]} -B -0 -r ${address}`.split(' ').concat(rest))
  return {
    port,
    async write(address, type, value) {
      await mbpoll(address, type, ['127.0.0.1', '--', String(value)])
    },
    async read(address, type) {
      const said = (await mbpoll(address, type, ['-c', '1', '-1', '127.0.0.1'])).stdout
      return Number(/^\[\d+\]:\s+(\S+)/m.exec(said)?.[1] ?? Number.NaN)
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const words = (first: number, ...values: readonly number[]) =>
  values.map((value, i) => ({ addr: first + i, value }))
const pair = (first: number, value: number) => ({ addr: [first, first + 1], value })

const given = [
  // Low word first: 0x0001E240, 123456.
  ...words(502, 0xe240, 0x0001),
  // A void figure of 16 bits, and 64 bits: 2^53 + 1.
  ...words(504, 0x8000),
  ...words(506, 0x0020, 0, 0, 1),
  ...words(40_000, 0x5375, 0x6e53),
  ...words(40_002, 1, 66),
  ...words(MODEL_203, 203, 105),
  // 4125 with one decimal, and tens of Wh.
  ...words(MODEL_203 + 18, 4125),
  ...words(MODEL_203 + 22, 0xffff),
  ...words(MODEL_203 + 54, 1),
  ...words(MODEL_213, 213, 124),
  ...words(MODEL_213 + 126, 0xffff, 0),
]
const uint32 = [pair(500, 2105), pair(MODEL_203 + 46, 1_951_625)]
const float32 = [
  pair(12, 87.25),
  pair(52, 412.5),
  pair(72, 19_516.25),
  pair(MODEL_213 + 28, 231.5),
  pair(MODEL_213 + 68, 7_000_250),
]

/** Zeros where nothing else is; to the simulator a register that is not named is not there. */
function rest(first: number, last: number) {
  const taken = new Set([...given, ...uint32, ...float32].flatMap(({ addr }) => addr))
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .filter(addr => !taken.has(addr))
    .map(addr => ({ addr, value: 0 }))
}

function configOf(port: number): object {
  const none = { bits: null, uint16: null, uint32: null, float32: null, string: null }
  return {
    server_list: {
      server: {
        comm: 'tcp',
        host: '127.0.0.1',
        port,
        framer: 'socket',
        ignore_missing_devices: false,
        identity: {},
      },
    },
    device_list: {
      meter: {
        setup: {
          'co size': 100,
          'di size': 100,
          'hr size': 60_000,
          'ir size': 60_000,
          'shared blocks': true,
          'type exception': false,
          defaults: { value: { bits: 0, uint16: 0, uint32: 0, float32: 0, string: ' ' }, action: none },
        },
        invalid: [[1000, 1999]],
        write: [
          [52, 53],
          [72, 73],
          [502, 503],
          [MODEL_203 + 18, MODEL_203 + 18],
        ],
        bits: [],
        uint16: [...given, ...rest(40_000, MODEL_213 + 127)],
        uint32,
        float32,
        string: [],
        repeat: [],
      },
    },
  }
}
