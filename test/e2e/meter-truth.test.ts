// One power curve that follows the machine's real CPU load, shown by four meters over their own protocols, of which one is set wrong; the truth is
// kept by a process that has no code of ours. And the map from meters to hosts, proven with the same meters.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Result } from '../../harness/model/result.ts'
import { RunRecord } from '../../harness/model/run.ts'
import { combined } from '../../results/analyse/statistics/uncertainty.ts'
import { IPMI_PASSWORD, type IpmiServer, startIpmi } from '../testbed/meters/ipmi.ts'
import { type ModbusDevice, startModbus } from '../testbed/meters/modbus.ts'
import { type NodeExporter, startNodeExporter } from '../testbed/meters/node-exporter.ts'
import { type NutServer, startNut } from '../testbed/meters/nut.ts'
import { type PowerDriver, startPowerDriver } from '../testbed/meters/power-driver.ts'
import { type RedfishServer, startRedfish } from '../testbed/meters/redfish.ts'
import { type Folder, joulemark, onlyCampaign, scratch } from './support/command.ts'
import { watchProcesses } from './support/watch-processes.ts'

const MODBUS_POWER = 52
/** What each meter makes of the truth: within its data sheet, but for the last. */
const GAINS = { modbus: 1.004, ipmi: 0.993, counter: 1.002, redfish: 2 } as const
const SECRETS = { ipmi: IPMI_PASSWORD, redfish: 'redfish-secret-7311' }

let folder: Folder
let nut: NutServer
let bmc: IpmiServer
let redfish: RedfishServer
let exporter: NodeExporter
let meter: ModbusDevice
let driver: PowerDriver

beforeAll(async () => {
  folder = await scratch('truth')
  for (const [name, secret] of Object.entries(SECRETS))
    await writeFile(path.join(folder.path, `${name}.secret`), `${secret}\n`, { mode: 0o600 })
  nut = await startNut({ 'outlet.3.realpower': '80', 'outlet.4.realpower': '80' })
  ;[bmc, redfish, exporter, meter] = await Promise.all([
    startIpmi(),
    startRedfish({ chassis: ['new'] }),
    startNodeExporter(),
    startModbus(),
  ])
  driver = await startPowerDriver({
    idle: 62,
    full: 187,
    seed: 20261127,
    meters: [
      { kind: 'modbus', gain: GAINS.modbus, port: meter.port, unit: 1, register: MODBUS_POWER },
      { kind: 'dcmi', gain: GAINS.ipmi, path: bmc.file },
      { kind: 'joules', gain: GAINS.counter, path: exporter.file },
      {
        kind: 'redfish',
        gain: GAINS.redfish,
        url: redfish.url,
        path: '/redfish/v1/Chassis/new/EnvironmentMetrics',
      },
      {
        kind: 'nut',
        gain: 1,
        path: nut.file,
        name: 'outlet.4.realpower',
        others: { 'outlet.3.realpower': 80 },
      },
    ],
  })
}, 300_000)
afterAll(async () => {
  for (const one of [driver, meter, exporter, redfish, bmc, nut, folder]) await one?.[Symbol.asyncDispose]()
})

const behind = [{ target: 'here' }]
const meters = () => ({
  modbus: {
    kind: 'modbus',
    address: '127.0.0.1',
    port: meter.port,
    map: 'eastron-sdm630',
    take: 'power',
    accuracy: { reading_percent: 0.5, range_percent: 0.1, range_watts: 500 },
    behind,
  },
  ipmi: {
    kind: 'ipmi',
    address: '127.0.0.1',
    port: bmc.port,
    user: 'admin',
    privilege: 'administrator',
    cipher: 3,
    password: { file: './ipmi.secret' },
    interval: 1,
    accuracy: { reading_percent: 1, range_percent: 0.2, range_watts: 500 },
    behind,
  },
  counter: {
    kind: 'prometheus',
    url: exporter.url,
    exporter: 'node-rapl',
    source: 'host-counter',
    accuracy: { reading_percent: 0.5 },
    behind,
  },
  redfish: {
    kind: 'redfish',
    url: redfish.url,
    user: 'reader',
    password: { file: './redfish.secret' },
    chassis: 'new',
    accuracy: { reading_percent: 1 },
    behind,
  },
})

async function fileOf(name: string, of: Readonly<Record<string, object>>): Promise<string> {
  const file = path.join(folder.path, `${name}.yaml`)
  await mkdir(folder.path, { recursive: true })
  await writeFile(
    file,
    stringify({
      schema: 'joulemark/v1',
      name,
      protocol: { profile: 'quick', baseline: 6, idle: 4, warm_up: 3, window: 40, cool_down: 2 },
      targets: [{ id: 'here', kind: 'local' }],
      // One CPU is left for the emulators and the driver, which share the machine.
      workloads: [{ id: 'cpu-compress', params: { threads: 1 } }],
      meters: Object.entries(of).map(([id, one]) => ({ id, ...one })),
    }),
  )
  return file
}

async function filesBelow(dir: string): Promise<string[]> {
  const all = await readdir(dir, { recursive: true, withFileTypes: true })
  return all.filter(one => one.isFile()).map(one => path.join(one.parentPath, one.name))
}

test('three meters are within three of their own standard uncertainties of the truth, the fourth is named; no secret is seen anywhere', async () => {
  const out = path.join(folder.path, 'out')
  const watch = watchProcesses(Object.values(SECRETS))
  const ended = await joulemark(['run', await fileOf('truth', meters()), '--out', out])
  const { seen, found } = await watch.end()
  const dir = await onlyCampaign(out)
  const result = Result.parse(JSON.parse(await readFile(path.join(dir, 'derived/0.1.0/result.json'), 'utf8')))
  expect(ended.code, `${ended.stdout}${ended.stderr}${result.groups[0]?.reasons.join('; ')}`).toBe(0)
  expect(seen).toBeGreaterThan(20)
  expect(found).toEqual([])
  const [run] = result.runs
  const [name = ''] = await readdir(path.join(dir, 'data/runs'))
  const record = RunRecord.parse(
    JSON.parse(await readFile(path.join(dir, 'data/runs', name, 'run.json'), 'utf8')),
  )
  const phase = record.phases.find(one => one.name === 'window')
  const window = run?.stretches.find(stretch => stretch.phase.name === 'window')
  const truth = await driver.joules(phase?.start ?? 0, phase?.end ?? 0)
  // The machine was at work: the curve is not its idle line.
  expect(truth / (window?.seconds ?? Number.NaN)).toBeGreaterThan(100)
  const of = (id: string) => window?.energy.find(figure => figure.evidence.source === id)
  for (const id of ['modbus', 'ipmi', 'counter'] as const) {
    const figure = of(id)
    const u = figure === undefined ? null : combined({ ...figure.parts, repetition: 0 })
    const off = (figure?.joules ?? Number.NaN) - truth
    expect(Math.abs(off) / (u ?? Number.NaN), `${id}: off by ${off} J of ${truth}, u = ${u} J`).toBeLessThan(
      3,
    )
    // And that is no empty word.
    expect((u ?? Number.NaN) / truth, id).toBeLessThan(0.03)
  }
  expect(Math.abs((of('redfish')?.joules ?? Number.NaN) / truth / GAINS.redfish - 1)).toBeLessThan(0.05)
  expect(run?.crossChecks?.map(({ source, against, signature }) => [source, against, signature])).toEqual(
    expect.arrayContaining([
      ['redfish', 'modbus', { kind: 'factor', factor: 2 }],
      ['ipmi', 'modbus', null],
      ['counter', 'modbus', null],
    ]),
  )
  const html = await readFile(path.join(dir, 'derived/0.1.0/report/index.html'), 'utf8')
  expect(html).toContain('redfish is modbus × 2: a unit, a supply or a die counted wrong?')
  for (const file of await filesBelow(dir)) {
    const content = await readFile(file, 'latin1')
    for (const secret of Object.values(SECRETS)) expect(content.includes(secret), file).toBe(false)
  }
  expect(ended.stdout + ended.stderr).not.toContain(SECRETS.redfish)
  expect(ended.stdout + ended.stderr).not.toContain(SECRETS.ipmi)
  for (const use of run?.meters ?? []) {
    expect(use.update, use.source).not.toBeNull()
    // It follows at once, to within what readings a second apart can tell.
    expect(Math.abs(use.lag ?? Number.NaN), use.source).toBeLessThanOrEqual(2 + use.resolution)
  }
})

test('check --prove-map says who follows the load, who does not, and who does though the file does not have it', async () => {
  const pdu = {
    kind: 'nut',
    address: '127.0.0.1',
    port: nut.port,
    ups: 'rack',
    variables: ['outlet.3.realpower', 'outlet.4.realpower'],
    interval: 1,
    behind: [{ target: 'here', instances: ['outlet.3.realpower'] }],
  }
  const { modbus, counter } = meters()
  const said = await joulemark(['check', await fileOf('map', { modbus, counter, pdu }), '--prove-map'])
  expect(said.code, said.stdout + said.stderr).toBe(4)
  expect(said.stderr).toMatch(/loading here local in steps for \d+ s/)
  expect(said.stdout).toMatch(
    /✔ map +total follows the load of here local: \d+(?:\.\d)? W more, [01](?:\.\d+)? s later/,
  )
  expect(said.stdout.match(/✔ map/g)).toHaveLength(2)
  expect(said.stdout).toMatch(/✖ map +outlet\.3\.realpower does not follow the load of here local/)
  expect(said.stdout).toMatch(
    /✖ map +outlet\.4\.realpower follows the load of here local, too: \d+(?:\.\d)? W more/,
  )
})
