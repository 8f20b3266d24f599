// A campaign with meters of several kinds on one host: each is asked over its real protocol while the machine is measured.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Result } from '../../harness/model/result.ts'
import { RunRecord } from '../../harness/model/run.ts'
import { type NodeExporter, startNodeExporter } from '../testbed/meters/node-exporter.ts'
import { type NutServer, startNut } from '../testbed/meters/nut.ts'
import { type RedfishServer, startRedfish } from '../testbed/meters/redfish.ts'
import { freePort } from '../testbed/meters/server.ts'
import { type Folder, joulemark, onlyCampaign, scratch } from './support/command.ts'

let folder: Folder
let nut: NutServer
let bmc: RedfishServer
let exporter: NodeExporter
let ticking: Promise<void>
const ended = new AbortController()
/** What the counter of the exporter gets, W. */
const WATTS = 40
const SECRETS = { JM_BMC: 'bmc-secret-41', JM_NUT: 'nut-secret-42' }

beforeAll(async () => {
  folder = await scratch('meters')
  nut = await startNut({ 'outlet.3.realpower': '80', 'outlet.4.realpower': '40' })
  bmc = await startRedfish()
  exporter = await startNodeExporter()
  const begun = performance.now()
  // One write after the other: none is under way when the exporter's folder goes.
  ticking = (async () => {
    while (!ended.signal.aborted) {
      await exporter.set(240_422_366_267 + Math.round((performance.now() - begun) * 1000 * WATTS))
      await sleep(20)
    }
  })()
})
afterAll(async () => {
  ended.abort()
  await ticking
  await exporter[Symbol.asyncDispose]()
  await bmc[Symbol.asyncDispose]()
  await nut[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const behind = [{ target: 'here' }]
const outlets = ['outlet.3.realpower', 'outlet.4.realpower']
const meters = () => ({
  pdu: {
    kind: 'nut',
    address: '127.0.0.1',
    port: nut.port,
    login: 'line',
    user: 'reader',
    password: { env: 'JM_NUT' },
    ups: 'rack',
    variables: outlets,
    interval: 1,
    accuracy: { reading_percent: 0.5, range_percent: 0.1, range_watts: 200 },
    behind: [{ target: 'here', instances: outlets }],
  },
  bmc: {
    kind: 'redfish',
    url: bmc.url,
    user: 'reader',
    password: { env: 'JM_BMC' },
    chassis: 'new',
    side: 'AC input',
    behind,
  },
  rapl2: { kind: 'prometheus', url: exporter.url, exporter: 'node-rapl', behind },
})

async function fileOf(name: string, of: Readonly<Record<string, object>>): Promise<string> {
  const file = path.join(folder.path, `${name}.yaml`)
  await mkdir(folder.path, { recursive: true })
  await writeFile(
    file,
    stringify({
      schema: 'joulemark/v1',
      name,
      protocol: { profile: 'quick', baseline: 4, idle: 3, warm_up: 0, window: 12, cool_down: 2 },
      targets: [{ id: 'here', kind: 'local' }],
      workloads: [{ id: 'idle' }],
      meters: Object.entries(of).map(([id, meter]) => ({ id, ...meter })),
    }),
  )
  return file
}

async function run(name: string, of: Readonly<Record<string, object>>) {
  const out = path.join(folder.path, `${name}-out`)
  const ended = await joulemark(['run', await fileOf(name, of), '--out', out], { env: SECRETS })
  const dir = await onlyCampaign(out)
  const [runFolder = ''] = await readdir(path.join(dir, 'data/runs'))
  const data = path.join(dir, 'data/runs', runFolder)
  const result = Result.parse(JSON.parse(await readFile(path.join(dir, 'derived/0.1.0/result.json'), 'utf8')))
  const record = RunRecord.parse(JSON.parse(await readFile(path.join(data, 'run.json'), 'utf8')))
  return { ended, dir, data, result, record }
}

async function filesBelow(dir: string): Promise<string[]> {
  const all = await readdir(dir, { recursive: true, withFileTypes: true })
  return all.filter(one => one.isFile()).map(one => path.join(one.parentPath, one.name))
}

test('check asks each meter, and says what its figures are worth', async () => {
  const closed = await freePort()
  const { pdu, bmc: server } = meters()
  const file = await fileOf('check', {
    ...meters(),
    gone: { ...server, url: `http://127.0.0.1:${closed}` },
    outlets: { ...pdu, behind: [{ target: 'here', instances: ['outlet.9.realpower'] }] },
    cold: { ...pdu, variables: ['outlet.7.realpower'], behind },
  })
  const said = await joulemark(['check', file], { env: SECRETS })
  expect(said.code).toBe(4)
  expect(said.stdout).toMatch(/energy +from pdu, bmc, rapl2, gone/)
  expect(said.stdout).toMatch(
    /meter pdu +nut\n +meter\n +✔ reads +outlet\.3\.realpower 80 W; outlet\.4\.realpower 40 W; answers in \d+ ms/,
  )
  expect(said.stdout).toMatch(
    /meter bmc +redfish\n +meter\n +✔ reads +total 374\.5 W, 325675\.0000 kWh so far/,
  )
  expect(said.stdout).toMatch(/meter gone +redfish\n +meter\n +✖ unreachable +no connection \(ECONNREFUSED\)/)
  expect(said.stdout).toMatch(
    /✖ instances +outlet\.9\.realpower of here local is not among what it says\n +it has: outlet\.3/,
  )
  expect(said.stdout).toMatch(/✖ absent +the device has no such variable/)
  expect(said.stdout + said.stderr).not.toMatch(/secret-4/)
})

test('figures of all meters stand beside one another, the best counts, and no secret is anywhere', async () => {
  const { ended, dir, data, result, record } = await run('three', meters())
  expect(ended.code, ended.stdout + ended.stderr).toBe(0)
  expect(record.meters?.map(({ id, faults }) => [id, faults])).toEqual([
    ['pdu', {}],
    ['bmc', {}],
    ['rapl2', {}],
  ])
  for (const { asked } of record.meters ?? []) expect(asked).toBeGreaterThan(15)
  const [first] = result.runs
  const window = first?.stretches.find(stretch => stretch.phase.name === 'window')
  const seconds = ((window?.phase.end ?? 0) - (window?.phase.start ?? 0)) / 1e6
  const of = (id: string) => window?.energy.find(figure => figure.evidence.source === id)
  const watts = (id: string) => (of(id)?.joules ?? Number.NaN) / seconds
  expect(watts('pdu')).toBeCloseTo(120, 6)
  expect(watts('bmc')).toBeCloseTo(374.5, 6)
  expect(Math.abs(watts('rapl2') - WATTS)).toBeLessThan(2)
  // 0.5 % of 120 W and, for each of two outlets, 0.1 % of 200 W come to 0.83 % together; each limit alone by √3.
  expect(of('pdu')?.evidence).toMatchObject({ kind: 'wall-meter', class: 'E3', scope: 'wall AC, 2 outlets' })
  // The host's clock and the controller's do not go quite alike.
  expect((of('pdu')?.parts.instrument ?? Number.NaN) / seconds).toBeCloseTo(
    Math.hypot(0.6, 0.4) / Math.sqrt(3),
    3,
  )
  expect(of('bmc')?.evidence).toMatchObject({ kind: 'bmc', class: 'E0', scope: '1 server, AC input' })
  expect(of('bmc')?.parts.instrument).toBeNull()
  expect(result.groups[0]?.evidence?.source).toBe('pdu')
  expect(first?.total.joules).toBeCloseTo(of('pdu')?.joules ?? Number.NaN, 6)
  expect(first?.traces.map(trace => trace.source)).toEqual(expect.arrayContaining(['pdu', 'bmc', 'rapl2']))
  expect(first?.findings.filter(f => f.code === 'DISTURBED')).toHaveLength(3)
  const plan = await readFile(path.join(dir, 'data/plan.json'), 'utf8')
  expect(plan).not.toContain('127.0.0.1')
  for (const file of await filesBelow(dir)) {
    const content = await readFile(file, 'latin1')
    for (const secret of Object.values(SECRETS)) expect(content.includes(secret), file).toBe(false)
    expect(file.startsWith(data) && content.includes(`:${nut.port}`), file).toBe(false)
  }
  expect((await joulemark(['verify', dir])).code).toBe(0)
  const html = await readFile(path.join(dir, 'derived/0.1.0/report/index.html'), 'utf8')
  for (const word of ['Meters beside one another', 'pdu', 'wall-meter', 'bmc', 'rapl2'])
    expect(html).toContain(word)
  expect(first?.crossChecks?.map(({ source, against, signature }) => [source, against, signature])).toEqual([
    ['bmc', 'pdu', null],
    ['rapl2', 'pdu', null],
  ])
  expect(first?.crossChecks?.[0]?.ratio).toBeCloseTo(374.5 / 120, 3)
})

test('a meter that is not there costs its own figure, and no worse source takes its place in silence', async () => {
  const { ended, result, record } = await run('gone', {
    ...meters(),
    pdu: { ...meters().pdu, port: await freePort() },
  })
  expect(ended.code, ended.stdout + ended.stderr).toBe(7)
  const [first] = result.runs
  expect(first?.findings.find(f => f.code === 'METER_FAULT')?.values).toMatchObject({
    meter: 'pdu',
    fault: 'unreachable',
    reason: 'no connection (ECONNREFUSED)',
  })
  const asked = record.meters?.map(({ id, asked: times }) => [id, times]) as [string, number][]
  expect(asked[0]?.[1]).toBeLessThan(asked[1]?.[1] ?? 0)
  expect(result.groups[0]?.evidence?.source).toBe('pdu')
  expect(first?.total.joules).toBeNull()
  const window = first?.stretches.find(stretch => stretch.phase.name === 'window')
  expect(window?.energy.find(figure => figure.evidence.source === 'bmc')?.joules).toBeGreaterThan(1000)
})
