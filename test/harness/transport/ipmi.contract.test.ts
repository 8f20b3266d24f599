// IPMI read by ipmitool from OpenIPMI's emulator of a BMC, and the faults that the protocol can show.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Asked, ask, meter, until, watts } from '../../testbed/meters/ask.ts'
import { IPMI_PASSWORD, IPMI_SENSOR, type IpmiServer, startIpmi } from '../../testbed/meters/ipmi.ts'
import { freePort } from '../../testbed/meters/server.ts'

let bmc: IpmiServer
beforeAll(async () => {
  bmc = await startIpmi()
})
afterAll(() => bmc[Symbol.asyncDispose]())

const at = (settings: object = {}, more: object = {}): Asked => ({
  kind: 'ipmi',
  settings,
  connection: {
    address: '127.0.0.1',
    port: bmc.port,
    cipher: 3,
    login: 'ipmi',
    user: 'admin',
    privilege: 'administrator',
    password: { env: IPMI_PASSWORD },
    ...more,
  },
})
const sensors = { reading: 'sensors', sensors: [IPMI_SENSOR] }

test('the power reading of DCMI, as freeipmi reads it too, and what it becomes', async () => {
  await using open = meter(at())
  expect(await open.values()).toEqual([watts(237)])
  const argv = [
    '-D',
    'LAN_2_0',
    '-h',
    `127.0.0.1:${bmc.port}`,
    '-u',
    'admin',
    '-p',
    IPMI_PASSWORD,
    '-I',
    '3',
    '-l',
    'ADMIN',
    '-W',
    'opensesspriv',
  ]
  const { stdout } = await promisify(execFile)('ipmi-dcmi', [...argv, '--get-system-power-statistics'])
  expect(stdout).toMatch(/Current Power\s+: 237 Watts/)
  await bmc.dcmi('501 112 501 231 1000')
  expect(await open.values()).toEqual([watts(501)])
  await bmc.dcmi('0 0 0 0 1000')
  expect(await open.values()).toEqual([{ instance: 'total', power: { flaw: 'not positive' } }])
  await bmc.dcmi('237 112 405 231 1000 0')
  expect(await ask(at())).toBe('absent: its power measurement is switched off')
  await bmc.dcmi('237 112 405 231 1000')
})

test('a sensor in Watts, and one that is not there', async () => {
  await using open = meter(at(sensors, { user: 'reader', privilege: 'user' }))
  expect(await open.values()).toEqual([watts(236, IPMI_SENSOR)])
  await bmc.sensor(400)
  expect(
    await until(
      open.values,
      ([one]) => one?.power !== undefined && 'value' in one.power && one.power.value !== 236,
    ),
  ).toEqual([watts(400, IPMI_SENSOR)])
  expect(await ask(at({ ...sensors, sensors: ['PSU Power'] }))).toBe('absent: it has no sensor PSU Power')
})

test('wrong password, no such user, too little privilege, nobody there and no DCMI are told apart', async () => {
  expect(await ask(at({}, { password: { env: 'nope' } }))).toBe('credentials: the password is wrong')
  expect(await ask(at({}, { user: 'nobody' }))).toBe('credentials: it knows no such user')
  expect(await ask(at({}, { user: 'reader', privilege: 'user' }))).toBe(
    'forbidden: this user’s privilege level does not reach it',
  )
  expect(await ask({ ...at({}, { port: await freePort() }), seconds: 20 })).toBe(
    'unreachable: nothing there answers as IPMI',
  )
  expect(await ask(at({}, { address: 'no.such.invalid' }))).toBe('unreachable: there is no such host')
  await using plain = await startIpmi({ dcmi: false })
  expect(await ask(at({}, { port: plain.port }))).toBe('absent: it does not know this command')
}, 60_000)

test('a BMC that says nothing is slow, and answers again later', async () => {
  await using open = meter({ ...at(), seconds: 2 })
  expect(await open.values()).toEqual([watts(237)])
  bmc.pause()
  await expect(open.values()).rejects.toThrow(/no answer within 2 s|no answer/)
  bmc.wake()
  expect(await open.values()).toEqual([watts(237)])
})

test('without ipmitool it says what to install', async () => {
  vi.stubEnv('PATH', '/nowhere')
  try {
    expect(await ask(at())).toBe('unreachable: the program ipmitool can’t be started on this machine')
  } finally {
    vi.unstubAllEnvs()
  }
})

test('the password is in a file that only we can read, which is gone at the end, and in no command line or environment', async () => {
  const folders = (): string[] =>
    readdirSync(tmpdir())
      .map(name => join(tmpdir(), name))
      .filter(path => path.includes('joulemark-ipmi-') && files(path).includes('password'))
  const seen: string[] = []
  let commands = 0
  {
    await using open = meter(at())
    await open.values()
    const [folder = ''] = folders()
    expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(folder, 'password'), 'utf8')).toBe(IPMI_PASSWORD)
    const ended = new AbortController()
    const asking = (async () => {
      for (let i = 0; i < 20; i += 1) await open.values()
    })().finally(() => ended.abort())
    while (!ended.signal.aborted) {
      for (const { command, environment } of childrenOf(process.pid)) {
        if (!command.startsWith('ipmitool')) continue
        commands += 1
        if (`${command}${environment}`.includes(IPMI_PASSWORD)) seen.push(command)
      }
      await sleep(1)
    }
    await asking
  }
  expect(commands).toBeGreaterThan(0)
  expect(seen).toEqual([])
  expect(folders()).toEqual([])
})

const files = (path: string): string[] => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function childrenOf(pid: number): { readonly command: string; readonly environment: string }[] {
  const read = (id: string, name: string): string => {
    try {
      return readFileSync(`/proc/${id}/${name}`, 'latin1')
    } catch {
      return ''
    }
  }
  return readdirSync('/proc')
    .filter(id => /^\d+$/.test(id) && read(id, 'stat').split(') ')[1]?.split(' ')[1] === String(pid))
    .map(id => ({ command: read(id, 'cmdline'), environment: read(id, 'environ') }))
}
