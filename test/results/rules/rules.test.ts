import { expect, test } from 'vitest'
import { judge, measurementVerdict, RULES, type RunFacts } from '../../../results/rules/rules.ts'

/** A run in which every rule holds. */
const GOOD: RunFacts = {
  aborted: null,
  coverages: [
    {
      host: 'sut',
      collector: 'recorder',
      window: 0,
      longestIntervals: 1.01,
      gapSeconds: 0,
      gapShare: 0,
      edgesBracketed: true,
      broken: false,
    },
  ],
  clocks: [{ host: 'sut', offsetMs: 3, stepMs: 0 }],
  bootChanged: [],
  suspended: [],
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
  badExits: [],
  load: { dropped: 0, vuUsed: 4, vuMax: 10, checked: 20, wrong: 0 },
  steal: [{ host: 'sut', window: 0, share: 0.02 }],
  sharedKernel: [],
  sharedLoadgen: null,
  evidence: { source: 'pdu', kind: 'wall-meter', class: 'E2', scope: 'wall AC, 1 server' },
  profile: { name: 'standard', ranked: true },
  changes: [],
  extrapolated: [],
}

const coverage = (of: Partial<RunFacts['coverages'][number]>): Partial<RunFacts> => ({
  coverages: [{ ...(GOOD.coverages[0] as RunFacts['coverages'][number]), ...of }],
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
  'JM-L4': [{ load: { ...GOOD.load, dropped: 1 } }, 'invalid', 1],
  'JM-L9': [{ load: { ...GOOD.load, wrong: 1 } }, 'invalid', 1],
  'JM-L8': [{ load: { ...GOOD.load, vuUsed: 10 } }, 'valid', 10],
  'JM-P3a': [coverage({ longestIntervals: 4 }), 'invalid', 4],
  'JM-P3b': [coverage({ gapSeconds: 3, gapShare: 0.011 }), 'invalid', 0.011],
  'JM-T2': [coverage({ edgesBracketed: false }), 'invalid', 1],
  'JM-R1': [recording({ end: 'died', reason: 'it was gone' }), 'invalid', 1],
  'JM-R2': [recording({ end: 'full' }), 'invalid', 1],
  'JM-R3': [recording({ latenessP99Micros: 510_000 }), 'valid', 0.51],
  'JM-T1a': [{ clocks: [{ host: 'sut', offsetMs: 401, stepMs: 0 }] }, 'invalid', 401],
  'JM-T1b': [{ clocks: [{ host: 'sut', offsetMs: 0, stepMs: -401 }] }, 'invalid', 401],
  'JM-T5': [{ bootChanged: ['sut'] }, 'invalid', 1],
  'JM-T6': [{ suspended: [{ host: 'sut', seconds: 9 }] }, 'invalid', 9],
  'JM-B4': [{ steal: [{ host: 'sut', window: 0, share: 0.021 }] }, 'unranked', 0.021],
  'JM-B6': [{ sharedKernel: [['sut', 'load']] }, 'unranked', 2],
  'JM-B7': [{ sharedLoadgen: 'sut' }, 'unranked', 'yes'],
  'JM-E2': [{ changes: [{ host: 'sut', fact: 'kernel', before: '1', after: '2' }] }, 'valid', 1],
  'JM-P9': [evidence('model'), 'unranked', 'model'],
  'JM-P10': [evidence('synthetic'), 'unranked', 'synthetic'],
  'JM-P11': [{ extrapolated: [{ host: 'sut', reason: 'newer than the data' }] }, 'valid', 1],
  'JM-S1': [{ profile: { name: 'quick', ranked: false } }, 'unranked', 'quick'],
}

const rounded = (value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(9)) : value

test('every rule has a run that breaks it, and its id once', () => {
  expect(RULES.map(rule => rule.id).sort()).toEqual(Object.keys(BROKEN).sort())
})

test('in a good run every rule holds', () => {
  const outcomes = judge(GOOD)
  expect(outcomes.filter(o => o.broken || o.findings.length > 0)).toEqual([])
  expect(measurementVerdict(outcomes)).toBe('valid')
})

test.each(RULES.map(rule => [rule.id, rule] as const))(
  '%s breaks alone, with its code, value, limit and effect',
  (id, rule) => {
    const [change, verdict, value] = BROKEN[id] as (typeof BROKEN)[string]
    const outcomes = judge({ ...GOOD, ...change })
    const broken = outcomes.filter(o => o.broken)
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
  expect(judge({ ...GOOD, ...edge }).filter(o => o.broken)).toEqual([])
})

test('a host that was never probed has no clock that could be right', () => {
  const outcomes = judge({ ...GOOD, clocks: [{ host: 'sut', offsetMs: null, stepMs: null }] })
  expect(outcomes.filter(o => o.broken).map(o => [o.rule, o.value])).toEqual([
    ['JM-T1a', null],
    ['JM-T1b', null],
  ])
})

test('a break of a counter is a gap, however short', () => {
  expect(judge({ ...GOOD, ...coverage({ broken: true }) }).filter(o => o.broken)).toMatchObject([
    { rule: 'JM-P3a' },
  ])
})

test('a workload without a record of work needs none, and nothing done is no work', () => {
  const broken = (work: RunFacts['work']) =>
    judge({ ...GOOD, work })
      .filter(o => o.broken)
      .map(o => o.rule)
  expect(broken({ expected: false, absent: null, done: 0.1, failed: 0 })).toEqual([])
  expect(broken({ expected: true, absent: null, done: 0, failed: 0 })).toEqual(['JM-L6'])
})

test('invalid outweighs unranked', () => {
  expect(measurementVerdict(judge({ ...GOOD, sharedLoadgen: 'sut', bootChanged: ['sut'] }))).toBe('invalid')
})
