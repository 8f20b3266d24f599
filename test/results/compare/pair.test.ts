import { expect, test } from 'vitest'
import type { Evidence, UncertaintyParts } from '../../../harness/model/evidence.ts'
import type { GroupResult, Result } from '../../../harness/model/result.ts'
import { estimate, type RunFigure } from '../../../results/analyse/statistics/estimate.ts'
import type { Pair } from '../../../results/compare/comparison.ts'
import { pairOf } from '../../../results/compare/pair.ts'
import { sameInstrument } from '../../../results/compare/same-instrument.ts'

const NONE = { repetition: null, instrument: 0, model: 0, attribution: 0, clock: 0 }
const EVIDENCE: Evidence = { source: 'pdu', kind: 'wall-meter', class: 'E2', scope: 'wall AC, 1 server' }

/** Six figures around a mean, or those given. */
const figures = (mean: number, parts: Partial<UncertaintyParts>, n = 6): RunFigure[] =>
  [-0.002, 0.002, 0.001, -0.001, 0, 0].slice(0, n).map(d => ({
    value: mean * (1 + d),
    range: null,
    parts: { ...NONE, ...parts },
  }))
const modelled = (n: number, value: number): RunFigure[] =>
  Array.from({ length: n }, () => ({
    value,
    range: [value / 2, value * 2] as const,
    parts: { ...NONE, model: value * 0.375 },
  }))

const side = (runs: readonly RunFigure[], of: Partial<GroupResult> = {}) => {
  const energyPerUnit = estimate('J/request', runs)
  const none = estimate('J', [])
  const group: GroupResult = {
    target: 'lab',
    workload: 'toy',
    workloadId: 'toy',
    version: '1',
    title: 'Toy',
    params: {},
    functionalUnit: 'request',
    workKey: {},
    boundaryKey: {},
    evidence: EVIDENCE,
    counted: runs.map((_, i) => `r${i}`),
    notCounted: [],
    tools: [],
    measuredBy: ['1'],
    verdict: runs.length >= 6 ? 'valid' : 'unranked',
    reasons: [],
    energyPerUnit,
    energyPerUnitAboveBaseline: none,
    energyPerWindow: none,
    power: none,
    baselinePower: none,
    rate: none,
    latencyP95: none,
    cpuUtilisation: none,
    loadgen: { shared: false, cpuShare: null, joulesOutside: null },
    ...of,
  }
  return { name: 'x', group }
}

test('a verdict covers every part that is known, clock and attribution too', () => {
  const parts = { instrument: 0.05, attribution: 0.02, clock: 0.01 }
  const pair = pairOf(side(figures(10, parts)), side(figures(12, parts)))
  expect(pair).toMatchObject({
    standing: 'verdict',
    words: 'A uses less',
    covers: ['repetition', 'instrument', 'attribution', 'clock'],
    unknown: [],
  })
  const narrower = pairOf(side(figures(10, { instrument: 0.05 })), side(figures(12, { instrument: 0.05 })))
  expect(pair.interval?.[1]).toBeGreaterThan(narrower.interval?.[1] as number)
})

test.each([
  [{ instrument: null }, 'no verdict: error of the instrument not known'],
  [{ attribution: null }, 'no verdict: error of the attribution not known'],
  [
    { instrument: null, attribution: null },
    'no verdict: error of the instrument and the attribution not known',
  ],
] as const)(
  'what is not known on one side of %j leaves ratio and interval, and no word of a verdict',
  (parts, words) => {
    const pair = pairOf(side(figures(10, {})), side(figures(12, parts)))
    expect(pair).toMatchObject({
      standing: 'instrument-unknown',
      verdict: null,
      words,
      ratio: expect.closeTo(1.2, 6),
      covers: ['repetition'],
      unknown: Object.keys(parts),
    })
    expect(pair.interval).not.toBeNull()
  },
)

test('one sensor on both sides: half of its variance is in both; an error that is not known stays not known', () => {
  const on = (parts: Partial<UncertaintyParts>, sameInstrument: boolean) =>
    pairOf(side(figures(10, parts)), side(figures(12, parts)), { sameInstrument })
  const width = ({ interval }: Pair): number => Math.log((interval?.[1] ?? 0) / (interval?.[0] ?? 1))
  const [same, other, none] = [on({ instrument: 0.5 }, true), on({ instrument: 0.5 }, false), on({}, true)]
  expect(same).toMatchObject({ standing: 'verdict', covers: ['repetition', 'instrument'], unknown: [] })
  expect(width(same)).toBeLessThan(width(other))
  expect(width(same)).toBeGreaterThan(width(none))
  expect(on({ instrument: null }, true)).toMatchObject({
    standing: 'instrument-unknown',
    words: 'no verdict: error of the instrument not known',
    unknown: ['instrument'],
  })
})

test('a sensor that is known worse never gets a surer word than one that is known better', () => {
  const words = (instrument: number | null) =>
    pairOf(side(figures(10, { instrument })), side(figures(10.5, { instrument })), { sameInstrument: true })
      .words
  expect(words(null)).toMatch(/^no verdict/)
  expect(words(0.5)).toBe('no difference shown')
  expect(words(0.001)).toBe('A uses less')
})

test('versions that differ stand beside the pair, and keep nothing from it', () => {
  const tools = (version: string) => [
    { name: 'nginx', version },
    { name: 'k6', version: '1.8.1' },
  ]
  const a = side(figures(10, {}), { tools: tools('1.22.1'), measuredBy: ['0.1.0'] })
  const b = side(figures(12, {}), { tools: tools('1.24.0'), measuredBy: ['0.2.0'] })
  expect(pairOf(a, b)).toMatchObject({
    standing: 'verdict',
    programDifferences: [
      { part: 'joulemark', a: '0.1.0', b: '0.2.0' },
      { part: 'nginx', a: '1.22.1', b: '1.24.0' },
    ],
  })
  expect(pairOf(a, a).programDifferences).toEqual([])
})

test.each([1, 4])('%i figures of a model give the range of the ratio, not a point', n => {
  const pair = pairOf(side(modelled(n, 10)), side(modelled(n, 10.2)))
  expect(pair).toMatchObject({ ratio: null, interval: null, covers: [] })
  expect(pair.range).toEqual([expect.closeTo(5.1 / 20, 9), expect.closeTo(20.4 / 5, 9)])
})

test('a meter’s observations have a ratio; a model’s range down to 0 has none', () => {
  expect(pairOf(side(figures(10, {}, 1)), side(figures(12, {}, 1)))).toMatchObject({
    range: null,
    ratio: expect.closeTo(1.2, 6),
  })
  const low = side([{ value: 1, range: [-1, 3], parts: { ...NONE, model: 1 } }])
  expect(pairOf(low, side(modelled(1, 10)))).toMatchObject({ range: null, ratio: null })
})

test('machines are known to be the same within one campaign only', () => {
  const machine = (target: string, number: number) => ({ target, machine: number, roles: ['sut'] })
  const result = (id: string) =>
    ({
      campaign: { id },
      machines: [machine('lab', 1), machine('vm', 1), machine('other', 2)],
    }) as unknown as Result
  const of = (id: string, target: string, evidence: Evidence | null = EVIDENCE) => ({
    result: result(id),
    group: side(figures(10, {}), { target, evidence }).group,
  })
  expect(sameInstrument(of('c', 'lab'), of('c', 'vm'))).toBe(true)
  expect(sameInstrument(of('c', 'lab'), of('c', 'other'))).toBe(false)
  expect(sameInstrument(of('c', 'lab'), of('d', 'lab'))).toBe(false)
  expect(sameInstrument(of('c', 'lab'), of('c', 'lab', { ...EVIDENCE, source: 'rapl' }))).toBe(false)
  expect(sameInstrument(of('c', 'gone'), of('c', 'gone'))).toBe(false)
})
