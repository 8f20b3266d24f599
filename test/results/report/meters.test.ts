import { expect, test } from 'vitest'
import { Result, type RunResult, type Trace } from '../../../harness/model/result.ts'
import { crossChecks } from '../../../results/analyse/energy/cross-check.ts'
import { allCharts } from '../../../results/report/charts/all-charts.ts'
import { meterRows } from '../../../results/report/meters-text.ts'
import { formats } from '../../../results/report/registry.ts'
import { draw } from '../support/random.ts'
import { sampleResult } from './support/sample-result.ts'

const t = Array.from({ length: 62 }, (_, i) => i + 0.5)
const of = draw(3)
const wall = t.map(x => (x > 32 && x < 58 ? 210 : 90) + of.normal())
const trace = (source: string, v: number[]): Trace => ({
  host: 'web',
  name: 'power',
  source,
  unit: 'W',
  t,
  v,
  low: null,
  high: null,
})
const pdu = trace('pdu', wall)
const bmc = trace(
  'bmc',
  wall.map(w => 0.94 * w + of.normal()),
)

/** The sample with two meters in its first run. */
function metered(): Result {
  const result = sampleResult()
  const use = { host: 'web', reads: 'instant', asked: 1, readings: 60, resolution: 1 } as const
  const runs = result.runs.map((run, i): RunResult => {
    if (i > 0) return run
    const stretches = run.stretches.map(stretch => ({
      ...stretch,
      energy: (['pdu', 'bmc'] as const).map(source => ({
        host: 'web',
        evidence: {
          source,
          kind: source === 'pdu' ? ('wall-meter' as const) : ('bmc' as const),
          class: source === 'pdu' ? ('E3' as const) : ('E0' as const),
          scope: 'wall AC, 1 server',
        },
        joules: stretch.seconds * 200,
        range: null,
        reason: null,
        parts: { repetition: null, instrument: 1, model: 0, attribution: 0, clock: 1 },
        ...(source === 'pdu'
          ? { limits: { linear: stretch.seconds * 1.4, expanded: stretch.seconds * 1.1 } }
          : {}),
      })),
    }))
    return {
      ...run,
      stretches,
      traces: [...run.traces.filter(one => one.name === 'cpu'), pdu, bmc],
      meters: [
        { ...use, source: 'pdu', update: { seconds: 1, atMost: true }, lag: 0 },
        { ...use, source: 'bmc', update: { seconds: 5, atMost: false }, lag: 3 },
        { ...use, source: 'dead', update: null, lag: null },
      ],
      crossChecks: crossChecks({ source: 'pdu', kind: 'wall-meter', trace: pdu }, [
        { source: 'bmc', kind: 'bmc', trace: bmc },
      ]),
    }
  })
  return Result.parse({ ...result, runs })
}

test('both limits of error, pace and lag of each meter', () => {
  const rows = meterRows(metered()).map(row => row.slice(1))
  expect(rows).toEqual([
    [
      'pdu',
      'wall-meter E3, wall AC, 1 server',
      '200 W',
      '± 1.40 W',
      '± 1.10 W',
      '1.0 s',
      'at most 1.0 s',
      'at most 1.0 s',
    ],
    [
      'bmc',
      'bmc E0, wall AC, 1 server',
      '200 W',
      'not given',
      'not given',
      '1.0 s',
      '5.0 s',
      '3.0 s ± 1.0 s',
    ],
    ['dead', 'none', '–', 'not given', 'not given', '1.0 s', 'not known: it changed too seldom', 'not known'],
  ])
})

test('limits are in the table of energy, too, and empty where no data sheet gives them', async () => {
  const files = await formats.csv.render(metered())
  const [head = '', ...lines] = String(files.find(f => f.path === 'energy.csv')?.content).split('\n')
  const at = head.split(',').indexOf('instrument_limit_sum_J')
  const of = (source: string) =>
    lines
      .find(line => line.includes(`window,0,`) && line.includes(`web,${source},`))
      ?.match(/[^,"]*(?:"[^"]*")?(?:,|$)/g)
  expect(of('pdu')?.slice(at, at + 2)).toEqual(['28,', '22,'])
  expect(of('bmc')?.slice(at, at + 2)).toEqual([',', ','])
})

test('a picture for each that stands beside the one that counts: a point for each bin, mean and limits of agreement', () => {
  const spec = allCharts(metered()).find(({ id }) => id.startsWith('agreement-'))
  const [points, mean, low, high] = spec?.config.data.datasets ?? []
  expect(points?.['data']).toHaveLength(t.length)
  const [check] = metered().runs[0]?.crossChecks ?? []
  const level = (set: typeof mean) => ((set?.['data'] ?? []) as { y: number }[]).map(({ y }) => y)
  expect(level(mean)).toEqual([check?.difference, check?.difference])
  expect([level(low)[0], level(high)[0]]).toEqual(check?.agreement)
  expect(spec?.alternative).toContain('bmc is −')
})

test('lines of several meters of one host can be told apart', () => {
  const spec = allCharts(metered()).find(({ id }) => id.startsWith('over-time-'))
  const power = spec?.config.data.datasets.filter(set => set['yAxisID'] === 'power') ?? []
  expect(power).toHaveLength(2)
  expect(new Set(power.map(set => set['borderColor'])).size).toBe(2)
  expect(power.map(set => set['borderDash'])).toEqual([undefined, [8, 4]])
})

test.each(['html', 'md'] as const)('%s shows them', async id => {
  const [file] = await formats[id].render(metered())
  expect(String(file?.content)).toContain('GUM, k = 2')
  expect(String(file?.content)).toContain('Meters beside one another')
  const [without] = await formats[id].render(sampleResult())
  expect(String(without?.content)).not.toContain('GUM, k = 2')
})
