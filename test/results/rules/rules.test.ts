import { expect, test } from 'vitest'
import { judge, measurementVerdict, RULES, type RunFacts } from '../../../results/rules/rules.ts'

/** A run in which every rule holds. */
const COVERED: RunFacts['coverages'][number] = {
  host: 'sut',
  collector: 'recorder',
  window: 0,
  longestIntervals: 1.01,
  gapSeconds: 0,
  gapShare: 0,
  edgesBracketed: true,
  broken: false,
}
const WINDOW: RunFacts['load'][number] = {
  window: 0,
  seconds: 240,
  tenths: Array.from({ length: 10 }, () => 1001),
  checked: 3,
  asked: { unitsPerSecond: 1001 / 24, arrivals: 'even' },
}
const PODS: NonNullable<RunFacts['pods']> = {
  looked: true,
  lateBy: -10,
  lost: [],
  throttled: [{ host: 'loadgen', service: 'loadgen', window: 0, share: 0 }],
}
const GOOD: RunFacts = {
  aborted: null,
  coverages: [COVERED],
  baseline: [COVERED],
  outside: [COVERED],
  readings: [{ host: 'sut', window: 0, perSecond: 1, perWindow: 60 }],
  clocks: [{ host: 'sut', offsetMs: 3, stepMs: 0 }],
  boots: [{ host: 'sut', changed: false }],
  suspended: [{ host: 'sut', seconds: 0 }],
  recordings: [
    {
      host: 'sut',
      part: 1,
      bytes: 1,
      end: 'stopped',
      reason: 'stopped',
      latenessP99Micros: 900,
      intervalMicros: 1e6,
    },
  ],
  work: { expected: true, absent: null, done: 10_000, failed: 10 },
  load: [WINDOW],
  badExits: [],
  pods: PODS,
  tool: { dropped: 0, vuUsed: 4, vuMax: 10, checked: 20, wrong: 0 },
  steal: [{ host: 'sut', window: 0, share: 0.02 }],
  foreign: [
    { host: 'sut', phase: 'baseline', window: 0, share: 0.05 },
    { host: 'sut', phase: 'window', window: 0, share: -0.01 },
  ],
  sharedKernel: [],
  loadgen: { host: 'load', shared: false },
  evidence: { source: 'pdu', kind: 'wall-meter', class: 'E2', scope: 'wall AC, 1 server' },
  profile: { name: 'standard', ranked: true, asPlanned: true },
  changes: [],
  untrue: [],
  extrapolated: [],
}

const coverage = (of: Partial<RunFacts['coverages'][number]>): Partial<RunFacts> => ({
  coverages: [{ ...COVERED, ...of }],
})
const foreign = (phase: 'idle' | 'window', share: number | null): Partial<RunFacts> => ({
  foreign: [...GOOD.foreign, { host: 'sut', phase, window: 0, share }],
})
const tenths = (last: number): Partial<RunFacts> => ({
  load: [{ ...WINDOW, tenths: [...Array.from({ length: 9 }, () => 1001), last] }],
})
const recording = (of: Partial<RunFacts['recordings'][number]>): Partial<RunFacts> => ({
  recordings: [{ ...(GOOD.recordings[0] as RunFacts['recordings'][number]), ...of }],
})
const evidence = (kind: 'model' | 'synthetic'): Partial<RunFacts> => ({
  evidence: { source: kind, kind, class: 'E0', scope: 'x' },
})

/** For every rule a run that breaks it and nothing else; the verdict that it leads to; the value that is named. */
const BROKEN: Readonly<
  Record<string, readonly [Partial<RunFacts>, 'valid' | 'unranked' | 'invalid', number | string | null]>
> = {
  'JM-C1': [{ aborted: { phase: 'window', reason: 'stopped by the user' } }, 'invalid', 'window'],
  'JM-L5': [{ work: { expected: true, absent: null, done: 9_989, failed: 11 } }, 'invalid', 0.0011],
  'JM-L6': [
    { work: { expected: true, absent: 'there is no file of it', done: null, failed: null } },
    'invalid',
    null,
  ],
  'JM-L7': [
    { badExits: [{ code: 'LOAD_EXIT', values: { tool: 'k6', exitCode: 107, meaning: 'script' } }] },
    'invalid',
    107,
  ],
  'JM-K1': [
    {
      pods: {
        ...PODS,
        lost: [{ code: 'POD_LOST', host: 'sut', values: { host: 'pod-sut', reason: 'evicted' } }],
      },
    },
    'invalid',
    1,
  ],
  'JM-K2': [
    {
      pods: {
        ...PODS,
        throttled: [{ host: 'loadgen', service: 'loadgen', window: 0, share: 0.02 }],
      },
    },
    'unranked',
    0.02,
  ],
  'JM-K3': [{ pods: { ...PODS, lateBy: 0.2 } }, 'invalid', 0.2],
  'JM-L4': [{ tool: { ...GOOD.tool, dropped: 1 } }, 'invalid', 1],
  'JM-L9': [{ tool: { ...GOOD.tool, wrong: 1 } }, 'invalid', 1],
  'JM-L8': [{ tool: { ...GOOD.tool, vuUsed: 10 } }, 'valid', 10],
  'JM-L3a': [
    { load: [{ ...WINDOW, tenths: Array.from({ length: 10 }, () => 980) }] },
    'invalid',
    Number((1 - 980 / 1001).toPrecision(9)),
  ],
  'JM-L3b': [tenths(970), 'invalid', 1],
  'JM-P3a': [coverage({ longestIntervals: 4 }), 'invalid', 4],
  'JM-P3b': [coverage({ gapSeconds: 3, gapShare: 0.011 }), 'invalid', 0.011],
  'JM-T2': [coverage({ edgesBracketed: false }), 'invalid', 1],
  'JM-P3c': [{ baseline: [{ ...COVERED, edgesBracketed: false }] }, 'valid', 0],
  'JM-P3d': [{ outside: [{ ...COVERED, broken: true }] }, 'valid', 0],
  'JM-P1a': [{ readings: [{ host: 'sut', window: 0, perSecond: 0.5, perWindow: 120 }] }, 'unranked', 0.5],
  'JM-P1b': [{ readings: [{ host: 'sut', window: 0, perSecond: 1, perWindow: 59 }] }, 'unranked', 59],
  'JM-R1': [recording({ end: 'died', reason: 'it was gone' }), 'invalid', 1],
  'JM-R2': [recording({ end: 'full' }), 'invalid', 1],
  'JM-R3': [recording({ latenessP99Micros: 510_000 }), 'valid', 0.51],
  'JM-T1a': [{ clocks: [{ host: 'sut', offsetMs: 401, stepMs: 0 }] }, 'invalid', 401],
  'JM-T1b': [{ clocks: [{ host: 'sut', offsetMs: 0, stepMs: -401 }] }, 'invalid', 401],
  'JM-T5': [{ boots: [{ host: 'sut', changed: true }] }, 'invalid', 1],
  'JM-T6': [{ suspended: [{ host: 'sut', seconds: 9 }] }, 'invalid', 9],
  'JM-B4': [{ steal: [{ host: 'sut', window: 0, share: 0.021 }] }, 'unranked', 0.021],
  'JM-B8a': [foreign('window', 0.051), 'unranked', 0.051],
  'JM-B8b': [foreign('idle', 0.051), 'unranked', 0.051],
  'JM-B6': [{ sharedKernel: [['sut', 'load']] }, 'unranked', 2],
  'JM-B7': [{ loadgen: { host: 'sut', shared: true } }, 'unranked', 'no'],
  'JM-E2a': [{ changes: [{ host: 'sut', fact: 'kernel', before: '1', after: '2' }] }, 'invalid', 1],
  'JM-E2b': [{ changes: [{ host: 'sut', fact: 'perl', before: '1', after: '2' }] }, 'valid', 1],
  'JM-P9': [evidence('model'), 'unranked', 'model'],
  'JM-P10': [evidence('synthetic'), 'unranked', 'synthetic'],
  'JM-P12': [{ untrue: [{ host: 'sut', values: { reason: 'stuck' } }] }, 'invalid', 1],
  'JM-S1': [{ profile: { name: 'quick', ranked: false, asPlanned: true } }, 'unranked', 'quick'],
}

const rounded = (value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(9)) : value

test('every rule has a run that breaks it, and its id once', () => {
  expect(RULES.map(rule => rule.id).sort()).toEqual([...Object.keys(BROKEN), 'JM-P11'].sort())
})

test('in a good run every rule holds', () => {
  const outcomes = judge(GOOD)
  expect(
    outcomes.filter(o => o.state === 'broken' || o.state === 'not-known' || o.findings.length > 0),
  ).toEqual([])
  expect(measurementVerdict(outcomes)).toBe('valid')
})

test.each(RULES.filter(rule => rule.id !== 'JM-P11').map(rule => [rule.id, rule] as const))(
  '%s breaks alone, with its code, value, limit and effect',
  (id, rule) => {
    const [change, verdict, value] = BROKEN[id] as (typeof BROKEN)[string]
    const outcomes = judge({ ...GOOD, ...change })
    const broken = outcomes.filter(o => o.state === 'broken')
    expect(broken).toMatchObject([{ rule: id, effect: rule.effect, limit: rule.limit }])
    expect(rounded(broken[0]?.value)).toEqual(value)
    expect(broken[0]?.findings.map(f => f.code)).toEqual([rule.code])
    expect(measurementVerdict(outcomes)).toBe(verdict)
  },
)

test('a limit that is just met is not broken', () => {
  const edge: Partial<RunFacts> = {
    ...coverage({ longestIntervals: 3.4, gapShare: 0.01 }),
    clocks: [{ host: 'sut', offsetMs: 400, stepMs: -400 }],
    work: { expected: true, absent: null, done: 9_990, failed: 10 },
  }
  expect(judge({ ...GOOD, ...edge }).filter(o => o.state === 'broken')).toEqual([])
})

test('a host that was never probed has no clock that could be right', () => {
  const outcomes = judge({ ...GOOD, clocks: [{ host: 'sut', offsetMs: null, stepMs: null }] })
  expect(outcomes.filter(o => o.state === 'broken').map(o => [o.rule, o.value])).toEqual([
    ['JM-T1a', null],
    ['JM-T1b', null],
  ])
})

test('a break of a counter is a gap, however short', () => {
  expect(judge({ ...GOOD, ...coverage({ broken: true }) }).filter(o => o.state === 'broken')).toMatchObject([
    { rule: 'JM-P3a' },
  ])
})

test('a workload without a record of work needs none, and nothing done is no work', () => {
  const broken = (work: RunFacts['work']) =>
    judge({ ...GOOD, work })
      .filter(o => o.state === 'broken')
      .map(o => o.rule)
  expect(broken({ expected: false, absent: null, done: 0.1, failed: 0 })).toEqual([])
  expect(broken({ expected: true, absent: null, done: 0, failed: 0 })).toEqual(['JM-L6'])
})

test('invalid outweighs unranked', () => {
  expect(
    measurementVerdict(
      judge({ ...GOOD, loadgen: { host: 'sut', shared: true }, boots: [{ host: 'sut', changed: true }] }),
    ),
  ).toBe('invalid')
})

test('a model beyond its data is noted beside the model itself', () => {
  const outcomes = judge({
    ...GOOD,
    ...evidence('model'),
    extrapolated: [{ host: 'sut', reason: 'newer than the data' }],
  })
  expect(outcomes.filter(o => o.state === 'broken').map(o => o.rule)).toEqual(['JM-P9', 'JM-P11'])
})

/** For every rule the facts under which it can't be told. */
const UNKNOWN: Readonly<Record<string, Partial<RunFacts>>> = {
  'JM-L5': { work: { ...GOOD.work, done: null } },
  'JM-L6': { aborted: { phase: 'idle', reason: 'x' } },
  'JM-L7': { work: { ...GOOD.work, absent: 'there is no file of it' } },
  'JM-K1': { pods: { ...PODS, looked: false } },
  'JM-K2': { pods: { ...PODS, throttled: [] } },
  'JM-K3': { pods: { ...PODS, lateBy: null } },
  'JM-L4': { tool: { ...GOOD.tool, dropped: null } },
  'JM-L9': { tool: { ...GOOD.tool, checked: 0 } },
  'JM-L8': { tool: { ...GOOD.tool, vuUsed: null } },
  'JM-L3a': { load: [{ ...WINDOW, tenths: null }] },
  'JM-L3b': { load: [] },
  'JM-P3a': { coverages: [] },
  'JM-P3b': coverage({ longestIntervals: null }),
  'JM-T2': { coverages: [] },
  'JM-P3c': { baseline: [] },
  'JM-P3d': { outside: [] },
  'JM-P1a': { readings: [] },
  'JM-P1b': { readings: [] },
  'JM-R1': { recordings: [] },
  'JM-R2': { recordings: [] },
  'JM-R3': recording({ latenessP99Micros: null }),
  'JM-T1a': { clocks: [] },
  'JM-T1b': { clocks: [] },
  'JM-T5': { boots: [{ host: 'sut', changed: null }] },
  'JM-T6': { suspended: [{ host: 'sut', seconds: null }] },
  'JM-B4': { steal: [{ host: 'sut', window: 0, share: null }] },
  'JM-B8a': foreign('window', null),
  'JM-B8b': { foreign: GOOD.foreign.filter(f => f.phase === 'window') },
  'JM-B6': { sharedKernel: null },
  'JM-E2a': { changes: null },
  'JM-E2b': { changes: null },
  'JM-P9': { evidence: null },
  'JM-P10': { evidence: null },
  'JM-P12': { evidence: null },
}
/** What they ask about is in every plan or is not asked about. */
const ALWAYS_KNOWN = ['JM-C1', 'JM-B7', 'JM-P11', 'JM-S1']

test.each(RULES.filter(rule => !ALWAYS_KNOWN.includes(rule.id)).map(rule => [rule.id, rule] as const))(
  '%s is not known where nothing is, and a run of which that is so is never valid',
  (id, rule) => {
    const outcomes = judge({ ...GOOD, ...UNKNOWN[id] })
    expect(outcomes.find(o => o.rule === id)).toMatchObject({ state: 'not-known', findings: [] })
    const valid = measurementVerdict(outcomes.filter(o => o.rule === id))
    expect(valid).toBe(rule.effect === 'note' ? 'valid' : 'unranked')
  },
)

test('what idle does not have is not asked of it', () => {
  const idle: RunFacts = {
    ...GOOD,
    work: { expected: false, absent: null, done: 0.1, failed: 0 },
    load: [{ ...WINDOW, tenths: null, asked: null }],
    tool: { dropped: null, vuUsed: null, vuMax: null, checked: null, wrong: null },
    loadgen: null,
    outside: null,
  }
  const outcomes = judge(idle)
  expect(outcomes.filter(o => o.state === 'not-applicable').map(o => o.rule)).toEqual([
    'JM-L5',
    'JM-L6',
    'JM-L7',
    'JM-L4',
    'JM-L9',
    'JM-L8',
    'JM-L3a',
    'JM-L3b',
    'JM-K2',
    'JM-K3',
    'JM-P3d',
    'JM-B7',
    'JM-P11',
  ])
  expect(measurementVerdict(outcomes)).toBe('valid')
})

test('services that took more than the machine was busy leave the rest not known', () => {
  const outcomes = judge({ ...GOOD, ...foreign('window', -0.06) })
  expect(outcomes.find(o => o.rule === 'JM-B8a')?.state).toBe('not-known')
})

test('a window without a checked answer is not vouched for by another that has some', () => {
  const load = [WINDOW, { ...WINDOW, window: 1, checked: 0 }]
  expect(judge({ ...GOOD, load }).find(o => o.rule === 'JM-L9')?.state).toBe('not-known')
  const whole = [{ ...WINDOW, checked: null }]
  expect(judge({ ...GOOD, load: whole }).find(o => o.rule === 'JM-L9')?.state).toBe('held')
})

test('readings of a quick look are not counted', () => {
  const few = [{ host: 'sut', window: 0, perSecond: 0.5, perWindow: 10 }]
  const outcomes = judge({
    ...GOOD,
    readings: few,
    profile: { name: 'quick', ranked: false, asPlanned: true },
  })
  expect(outcomes.filter(o => o.rule.startsWith('JM-P1')).map(o => o.state)).toContain('not-applicable')
})
