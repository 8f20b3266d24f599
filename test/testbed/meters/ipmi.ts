import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, startServer } from './server.ts'

/** OpenIPMI's emulator of a BMC (ipmi_sim) with a power reading of DCMI and one sensor in Watts, whole multiples of 4. */
export interface IpmiServer extends AsyncDisposable {
  readonly port: number
  /** File that the power reading comes from: `now least most mean period_ms [active]`. */
  readonly file: string
  dcmi(text: string): Promise<void>
  sensor(watts: number): Promise<void>
  /** Answers nothing until it is woken. */
  pause(): void
  wake(): void
}

/** Users: `reader` (user), `admin` (administrator), whom alone it lets read DCMI; both have this password. */
export const IPMI_PASSWORD = 'open-sesame'
export const IPMI_SENSOR = 'Sys Power'

/** Needs Debian's openipmi, libopenipmi-dev and gcc. */
export async function startIpmi(o: { readonly dcmi?: boolean } = {}): Promise<IpmiServer> {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-ipmi-'))
  const [power, sensor, module] = ['power', 'sensor', 'dcmi.so'].map(name => join(dir, name)) as [
    string,
    string,
    string,
  ]
  const put = async (path: string, text: string): Promise<void> => {
    await writeFile(`${path}.next`, text)
    await rename(`${path}.next`, path)
  }
  await mkdir(join(dir, 'state'))
  await put(power, '237 112 405 231 1000\n')
  await put(sensor, '236\n')
  const source = fileURLToPath(new URL('./dcmi.c', import.meta.url))
  await promisify(execFile)('gcc', ['-shared', '-fPIC', '-O1', '-o', module, source])
  const port = await freePort()
  await writeFile(
    join(dir, 'lan.conf'),
    lanOf(port, o.dcmi === false ? '' : `loadlib "${module}" "${power}"`),
  )
  await writeFile(join(dir, 'sim.emu'), emulationOf(sensor))
  const server = await startServer(
    ['ipmi_sim', '-c', join(dir, 'lan.conf'), '-f', join(dir, 'sim.emu'), '-s', join(dir, 'state'), '-n'],
    { log: join(dir, 'log'), cwd: dir },
  )
  try {
    await untilAnswers(port)
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    port,
    file: power,
    dcmi: text => put(power, `${text}\n`),
    // It looks every half second.
    sensor: watts => put(sensor, `${watts}\n`),
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    wake: () => void process.kill(server.pid, 'SIGCONT'),
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function untilAnswers(port: number): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(100)) {
    const argv = [
      '-I',
      'lanplus',
      '-H',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      'nobody',
      '-P',
      '',
      '-v',
      '-N',
      '1',
      '-R',
      '1',
    ]
    const said = await promisify(execFile)('ipmitool', [...argv, 'raw', '6', '1']).catch(
      (error: { stderr: string }) => error,
    )
    if (said.stderr.includes('unauthorized name')) return
  }
  throw new Error('ipmi_sim never answered')
}

const lanOf = (port: number, module: string): string => `name "probe"
${module}
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
${['callback', 'user', 'operator', 'admin'].map(level => `    allowed_auths_${level} none md2 md5 straight`).join('\n')}
    guid a123456789abcdefa123456789abcdef
  endlan
  user 2 true "reader" "${IPMI_PASSWORD}" user 10 none md2 md5 straight
  user 3 true "admin" "${IPMI_PASSWORD}" admin 10 none md2 md5 straight
`

/** Sensor 1 of type other (0x0b), unit 6 (Watts), linear, times 4: IPMI 2.0, table 43-1. */
function emulationOf(sensor: string): string {
  const name = IPMI_SENSOR.split('')
    .map(letter => `0x${letter.charCodeAt(0).toString(16)}`)
    .join(' ')
  const zeros = (n: number): string => Array(n).fill('0').join(' ')
  return `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
sensor_add 0x20 0 1 0x0b 1 poll 500 file "${sensor}" div=4
main_sdr_add 0x20 0 0 0x51 1 0x34 0x20 0 1 7 1 0x7f 0x40 0x0b 1 ${zeros(7)} 6 0 0 4 ${zeros(7)} 0xff 0 0xff ${zeros(12)} 0xc9 ${name}
sensor_set_event_support 0x20 0 1 enable scanning per-state 000000000000000 000000000000000 000000000000000 000000000000000
mc_enable 0x20
`
}
