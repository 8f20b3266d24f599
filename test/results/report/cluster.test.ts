import { expect, test } from 'vitest'
import type { ClusterRun, MachineShares, Result } from '../../../harness/model/result.ts'
import { csv } from '../../../results/report/csv.ts'
import { html } from '../../../results/report/html.ts'
import { md } from '../../../results/report/md.ts'
import type { ReportFormat } from '../../../results/report/report-format.ts'
import { sampleResult } from './support/sample-result.ts'

const SHARES: MachineShares = {
  window: 0,
  hosts: ['sut', 'loadgen'],
  cpuSeconds: 80,
  cpu: { pods: 16, sut: 12, load: 3, system: 3, idle: 60, stolen: 0.5, unexplained: 0.5 },
  joules: {
    machine: 87.55,
    range: null,
    pods: 4.5,
    system: 4.25,
    idle: 77.2,
    stolen: 0.6,
    unexplained: 1,
  },
  joulesAbsent: null,
}

function inCluster(machine: MachineShares, o: Partial<ClusterRun> = {}): Result {
  const result = sampleResult()
  const cluster: ClusterRun = {
    pods: [{ id: 'pod-sut', part: 'sut', node: 'sut', qos: 'Guaranteed' }],
    startSpread: 0.0146,
    startDoubt: 0.0004,
    machines: [machine],
    kubelet: [],
    kubeletMachines: [],
    ...o,
  }
  return { ...result, runs: result.runs.map((run, i) => (i === 0 ? { ...run, cluster } : run)) }
}

const text = async (format: ReportFormat, result: Result, path?: string): Promise<string> => {
  const files = await format.render(result)
  return String(files.find(file => path === undefined || file.path === path)?.content ?? '')
}
const all = async (result: Result): Promise<readonly string[]> => [
  await text(html, result, 'index.html'),
  await text(md, result),
  await text(csv, result, 'machines.csv'),
]

test('a meter’s energy is divided in joules, a model’s as shares of a range that has no single figure', async () => {
  for (const report of await all(inCluster(SHARES))) expect(report).toContain('87.55')
  const joules = {
    ...(SHARES.joules as NonNullable<MachineShares['joules']>),
    range: [18, 470] as [number, number],
  }
  const [page = '', markdown = '', table = ''] = await all(inCluster({ ...SHARES, joules }))
  for (const report of [page, markdown, table]) expect(report).not.toContain('87.55')
  for (const report of [page, markdown]) expect(report).toMatch(/18 … 470/)
  for (const report of [page, markdown]) expect(report).toContain('5.1 %')
  expect(table).toMatch(/,,18,470,0\.0513\d+,/)
})

test('energy that can’t be divided says why', async () => {
  const why = 'the machine took less than in the baseline'
  for (const report of await all(inCluster({ ...SHARES, joules: null, joulesAbsent: why })))
    expect(report).toContain(why)
})

test('what the kubelet does not say is absent, and one look is no rate', async () => {
  const row = { seconds: null, cpus: null, receive: null, transmit: null, read: null, write: null }
  const result = inCluster(SHARES, {
    kubeletMachines: [
      {
        window: 0,
        hosts: ['sut'],
        interval: null,
        clockAhead: null,
        rows: [{ of: 'node', pod: null, memoryBytes: 2 ** 30, ...row }],
      },
    ],
  })
  const page = await text(html, result, 'index.html')
  expect(page).toMatch(/looked less than twice in a window/)
  expect(page).toMatch(/clock of a node is not known/)
  const [, line = ''] = (await text(csv, result, 'kubelet.csv')).split('\r\n')
  expect(line).toMatch(/,sut,node,,,,,,1073741824,,,,$/)
})

test('without clusters there is nothing of the kind', async () => {
  const result = sampleResult()
  expect(await text(md, result)).not.toContain('Pods and nodes')
  expect((await csv.render(result)).map(({ path }) => path)).not.toContain('machines.csv')
})

test.each([
  [0, /began within 14\.6 ms(?!,)/],
  [0.0004, /began within 14\.6 ms, give or take 0\.40 ms/],
  [null, /began within 14\.6 ms, in what doubt for clocks is not known/],
])('a spread of starts in a doubt of %s s says so', async (startDoubt, said) => {
  const [page, markdown] = await all(inCluster(SHARES, { startDoubt }))
  for (const report of [page, markdown]) expect(report).toMatch(said)
})
