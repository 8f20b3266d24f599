import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { meterKinds } from '../../../collectors/meter-kinds.ts'
import { collectors } from '../../../collectors/registry.ts'
import { type Certificate, certificateText } from '../../../harness/model/certificate.ts'
import type { Collector } from '../../../harness/model/collector.ts'
import { loadCampaign } from '../../../harness/plan/load.ts'
import { workloadsById } from '../../../workloads/registry.ts'
import { loadText, problemsOf } from './load-toy.ts'

const level = (workload: string, watts: number): Certificate['levels'][number] => ({
  workload,
  id: workload,
  version: '1',
  minutes: [0, 1, 2, 3, 4].map(minute => ({
    run: 1,
    attempt: 1,
    window: 0,
    minute,
    sensor: watts,
    against: watts,
    ratio: 1,
  })),
  unused: [],
  watts,
  ratio: 1,
  deviation: 0,
  limit: 0.01,
  class: 'E3',
  passed: true,
})
const CERTIFICATE: Certificate = {
  schema: 'joulemark/certificate/1',
  tool: '0.0.1',
  rule: 'JM-P8',
  campaign: { id: 'qualify-20260101T000000Z-abcd', plan: 'd'.repeat(64), seal: null },
  measured: { from: 1, to: 2 },
  sensor: {
    id: 'bmc',
    kind: 'redfish',
    settings: { reading: 'auto', control: 0, side: 'AC input' },
    source: 'bmc',
    scope: 'AC input',
    reads: 'instant',
    take: 'power',
    seconds: 1,
    instances: 1,
  },
  against: {
    id: 'analyzer',
    kind: 'nut',
    scope: 'wall AC',
    seconds: 1,
    instances: 1,
    accuracy: { readingPercent: 1, rangePercent: 0, rangeWatts: 0 },
  },
  host: { cpu: 'Example 9000', vendor: 'Example', threads: 4, virtualization: 'none' },
  levels: [level('idle', 80), level('web', 140), level('pack', 220)],
  range: { low: 80, high: 220 },
  limit: 0.05,
  verdict: 'passed',
  reasons: [],
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joulemark-certificates-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Certificate file with this in it. */
async function written(name: string, content: string | Certificate): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, typeof content === 'string' ? content : certificateText(content))
  return file
}

const ENV = { BMC_PASSWORD: 'hunter2' }
const campaign = (certificate: string, more = ''): string => `schema: joulemark/v1
name: cites
targets:
  - { id: here, kind: local }
workloads:
  - id: toy
meters:
  - id: bmc
    kind: redfish
    url: https://bmc.example
    user: reader
    password: { env: BMC_PASSWORD }
    side: AC input
    behind: [{ target: here }]
    certificate: ${certificate}
${more}`

test('a certificate is found beside the campaign file; the plan has its digest and what analysis needs, the archive no path', async () => {
  await written('bmc.certificate.json', CERTIFICATE)
  const file = join(folder, 'campaign.yaml')
  const { plan, publicText } = await loadText(campaign('./bmc.certificate.json'), ENV, file)
  expect(plan.meters?.[0]?.certificate).toEqual({
    digest: createHash('sha256').update(certificateText(CERTIFICATE)).digest('hex'),
    campaign: 'qualify-20260101T000000Z-abcd',
    source: 'bmc',
    cpu: 'Example 9000',
    range: { low: 80, high: 220 },
    limit: 0.05,
  })
  expect(publicText).not.toContain('certificate')
})

const { sensor, against } = CERTIFICATE
test.each<[string, Partial<Certificate>, RegExp, string?]>([
  ['that failed', { verdict: 'failed', reasons: ['idle: off'] }, /the sensor failed: idle: off/],
  ['of another kind', { sensor: { ...sensor, kind: 'shelly' } }, /of kind shelly, and this one is redfish/],
  [
    'of other settings',
    { sensor: { ...sensor, settings: { ...sensor.settings, side: 'DC output', control: 1 } } },
    /its sensor has other settings: control, side/,
  ],
  [
    'that takes something else',
    { sensor: { ...sensor, take: 'energy' } },
    /is of energy, here it is of power/,
  ],
  [
    'that reads otherwise than the file says',
    {},
    /its sensor reads instant, here it reads interval-average/,
    '    reads: interval-average\n',
  ],
  ['against itself', { against: { ...against, id: 'bmc' } }, /it holds a sensor against itself/],
])('a certificate %s is refused at its place', async (_, of, message, more) => {
  const file = await written('unfit.json', { ...CERTIFICATE, ...of })
  expect(await problemsOf(campaign(file, more), ENV)).toEqual([
    expect.stringMatching(new RegExp(`^15:18 meters\\[0\\]\\.certificate: .*${message.source}`)),
  ])
})

test.each([
  ['no JSON', 'not JSON', /is not JSON/],
  ['nested beyond all sense', '['.repeat(200_000), /is not JSON/],
  [
    'something else',
    '{"schema":"joulemark/result/1"}',
    /is not a certificate of joulemark qualify: schema: /,
  ],
  [
    'cut short',
    JSON.stringify({ ...CERTIFICATE, levels: CERTIFICATE.levels.slice(1) }),
    /is not a certificate of joulemark qualify: levels: /,
  ],
  ['far too long', ' '.repeat((1 << 20) + 1), /has 1048577 bytes; at most 1048576 are read/],
])('a file that is %s is told at its place', async (_, content, message) => {
  const file = await written('unreadable.json', content)
  const [problem, ...others] = await problemsOf(campaign(file), ENV)
  expect(others).toEqual([])
  expect(problem).toMatch(/^15:18 meters\[0\]\.certificate: ".*unreadable\.json" /)
  expect(problem).toMatch(message)
})

test('a file that is not there, a folder, and limits of its own beside a certificate are told', async () => {
  expect(await problemsOf(campaign(join(folder, 'none.json')), ENV)).toEqual([
    expect.stringMatching(/^15:18 meters\[0\]\.certificate: ".*none\.json" does not exist$/),
  ])
  expect(await problemsOf(campaign(folder), ENV)).toEqual([expect.stringMatching(/ is not a file$/)])
  const file = await written('bmc.certificate.json', CERTIFICATE)
  expect(await problemsOf(campaign(file, '    accuracy: { reading_percent: 1 }\n'), ENV)).toEqual([
    expect.stringMatching(/^15:18 meters\[0\]\.certificate: is not used with accuracy/),
  ])
})

test('docs/examples/qualify.yaml has idle, two loads, and a meter with limits beside one without', async () => {
  const file = join(import.meta.dirname, '../../../docs/examples/qualify.yaml')
  const { plan } = await loadCampaign({
    text: await readFile(file, 'utf8'),
    file,
    workloads: workloadsById,
    collectors: new Map<string, Collector>(Object.entries(collectors)),
    meters: meterKinds,
    env: ENV,
    home: '/home/somebody',
    uid: null,
    toolVersion: '0.0.1',
  })
  expect(plan.workloads.map(({ id }) => id)).toEqual(['idle', 'web-static', 'cpu-compress'])
  expect(plan.protocol.durations.window).toBe(300)
  expect(plan.meters?.map(({ id, accuracy }) => [id, accuracy !== null])).toEqual([
    ['bmc', false],
    ['analyzer', true],
  ])
})
