import { expect, test } from 'vitest'
import { deriveCampaign, deriveRun } from '../../../results/derive/derive.ts'
import { syntheticHost } from '../support/synthetic-host.ts'
import {
  cgroupService,
  PARTS_FOR_TESTS as parts,
  runIdOf,
  START,
  type SyntheticRun,
  steadyWork,
  syntheticCampaign,
  syntheticRun,
} from '../support/synthetic-run.ts'

const host = (of: Parameters<typeof syntheticHost>[0]): Partial<SyntheticRun> => ({
  hosts: [syntheticHost(of)],
})
/** A load before and after the workload is there. */
const at = (before: number, after: number) => (t: number) => (t < 13 ? before : after)
const work = (facts: object, pieces = steadyWork()): Partial<SyntheticRun> => ({ work: { pieces, facts } })
const derive = (of: Partial<SyntheticRun>, o: Parameters<typeof syntheticCampaign>[1] = {}) =>
  deriveRun(syntheticCampaign([syntheticRun(of)], o), runIdOf(1), parts)

/** Readings come every so many intervals of 1/4 s: each begins as late as the one before let it. */
const lateBy = (intervals: number) => (t: number) =>
  (Math.ceil((t * 4) / intervals) * intervals - t * 4) * 250_000

const failing = steadyWork().map((piece, i) => ({ ...piece, ok: i % 500 !== 300 }))

test.each<[string, Partial<SyntheticRun>, readonly string[]]>([
  ['four readings are missing', host({ skip: t => t > 30 && t < 35 }), ['JM-P3a', 'JM-P3b']],
  ['one reading is missing of twenty', host({ skip: t => t === 30 }), ['JM-P3b']],
  ['a reading of the meter fails', host({ energyFails: t => t === 30 }), ['JM-P3a', 'JM-P3b']],
  ['the recording starts inside the window', host({ skip: t => t > 13.4 && t < 23 }), ['JM-P3b', 'JM-T2']],
  ['the recording ends inside the window', host({ skip: t => t > 41.5 }), ['JM-P3b', 'JM-T2']],
  ['every reading is late by so much that the next one is lost', host({ late: lateBy(1.4) }), ['JM-P3b']],
  ['the meter is gone after the baseline', host({ energyFails: t => t > 13 }), ['JM-T2']],
  ['a part of the meter stands still after the baseline', host({ dramUntil: 13 }), ['JM-P3a', 'JM-T2']],
  [
    'the meter stands still from the middle of the window on',
    host({ watts: t => (t > 30 ? 0 : 50) }),
    ['JM-P3b', 'JM-T2', 'JM-P12'],
  ],
  ['turbo is off afterwards', { turbo: [true, false] }, ['JM-E2a']],
  ['the host’s clock is half a second off', host({ offset: 500_000 }), ['JM-T1a']],
  ['the host’s clock jumps while it is recorded', host({ step: { at: 30, by: -600_000 } }), ['JM-T1b']],
  ['the machine was started anew', { bootIdAfter: 'another' }, ['JM-T5']],
  ['the recorder was killed', { end: null }, ['JM-R1']],
  ['the buffer was full', { end: 'full' }, ['JM-R2']],
  ['2 ‰ of the work failed', work({}, failing), ['JM-L5']],
  ['work was dropped', work({ dropped: 3 }), ['JM-L4']],
  ['answers were wrong', work({ wrong: 1 }), ['JM-L9']],
  ['there is no record of work', { work: null }, ['JM-L6']],
  [
    'the load tool ended badly',
    work({ findings: [{ code: 'LOAD_EXIT', values: { tool: 'k6', exitCode: 107 } }] }),
    ['JM-L7'],
  ],
  ['the run was aborted', { outcome: 'aborted' }, ['JM-C1']],
  [
    'the load is 5 % less than was asked for',
    work(
      {},
      steadyWork().filter((_, i) => i % 20 !== 0),
    ),
    ['JM-L3a'],
  ],
  [
    'the load begins in the middle of the window',
    work(
      {},
      steadyWork().filter(({ at }) => at > START + 32e6),
    ),
    ['JM-L3a', 'JM-L3b'],
  ],
  [
    'two seconds of the load come together',
    work(
      {},
      steadyWork().map(w => (w.at > START + 30e6 && w.at < START + 32e6 ? { ...w, at: START + 33e6 } : w)),
    ),
    ['JM-L3b'],
  ],
  ['the probes leave half a second in doubt', { doubt: 500_000 }, ['JM-T1a']],
  ['the governor is another one afterwards', { governors: ['performance', 'powersave'] }, ['JM-E2a']],
])('invalid: %s', async (_, of, rules) => {
  const run = await derive(of)
  expect(run.rules.filter(r => r.state === 'broken' && r.effect === 'invalid').map(r => r.rule)).toEqual(
    rules,
  )
  expect(run.verdicts.measurement).toBe('invalid')
})

test('a machine that slept is told from one whose recorder was late', async () => {
  const slept = await derive(host({ suspended: [26, 36] }))
  expect(slept.findings.find(f => f.code === 'SUSPENDED')?.values['seconds']).toBeCloseTo(10, 0)
  const late = await derive(host({ skip: t => t > 26 && t < 36 }))
  expect(late.findings.map(f => f.code)).not.toContain('SUSPENDED')
})

test.each<[string, Partial<SyntheticRun>, readonly string[]]>([
  ['neighbours take 5 % of CPU time', host({ steal: 0.05 }), ['JM-B4']],
  ['power is modelled', host({ watts: null }), ['JM-P9']],
  [
    'a tenth of the machine works for others in the window',
    host({ foreign: 0.1, load: at(0.01, 0.5) }),
    ['JM-B8a', 'JM-B8b'],
  ],
  ['the machine is busy before the workload is there', host({ load: at(0.1, 0.5) }), ['JM-B8b']],
  ['there are readings every two seconds', { rate: 0.5 }, ['JM-P1a', 'JM-P1b']],
  ['there are fewer than 60 readings in the window', { rate: 2 }, ['JM-P1b']],
])('unranked: %s', async (_, of, rules) => {
  const run = await derive(of)
  expect(run.rules.filter(r => r.state === 'broken' && r.effect !== 'note').map(r => r.rule)).toEqual(rules)
  expect(run.verdicts.measurement).toBe('unranked')
})

test.each<[string, Partial<SyntheticRun>, readonly string[]]>([
  [
    'a service is watched by its process tree',
    { services: [{ id: 'toy', host: 'sut', watch: { by: 'tree', pidFile: '/x' } }] },
    ['JM-B8a', 'JM-B8b'],
  ],
  ['no answer was checked', work({ checked: 0, wrong: 0 }), ['JM-L9']],
  [
    'answers were checked before the window alone',
    { work: { pieces: steadyWork(), facts: {}, checks: [{ at: START + 20e6, right: true }] } },
    ['JM-L9'],
  ],
  ['the load tool does not say what it dropped', work({ dropped: null }), ['JM-L4']],
])('not known, and so unranked: %s', async (_, of, rules) => {
  const run = await derive(of)
  expect(run.rules.filter(r => r.state === 'not-known').map(r => r.rule)).toEqual(rules)
  expect(run.rules.filter(r => r.state === 'broken')).toEqual([])
  expect(run.verdicts.measurement).toBe('unranked')
})

test('load that comes by chance may differ by what chance does, and no more', async () => {
  const random = { params: { rate: 10, arrivals: 'random' } }
  // 3/√200 and the half second are 23 %: 160 of 200 are less than chance leaves, 170 are not.
  const part = (keep: number) =>
    work(
      {},
      steadyWork().filter((_, i) => (i * keep) % 20 < keep),
    )
  const rate = async (of: Partial<SyntheticRun>) =>
    (await derive(of, random)).rules.find(r => r.rule === 'JM-L3a')?.state
  expect(await rate(part(17))).toBe('held')
  expect(await rate(part(14))).toBe('broken')
})

test('a load that goes as fast as it can has no rate to keep, and must be there all the time', async () => {
  const closed = { params: { level: 3 } }
  const stopped = steadyWork().filter(w => w.at < START + 30e6 || w.at > START + 34e6)
  const of = async (run: Partial<SyntheticRun>) =>
    (await derive(run, closed)).rules
      .filter(r => ['JM-L3a', 'JM-L3b', 'JM-L4'].includes(r.rule))
      .map(r => r.state)
  expect(await of({})).toEqual(['not-applicable', 'not-applicable', 'held'])
  expect(await of(work({}, stopped))).toEqual(['not-applicable', 'not-applicable', 'broken'])
})

test('readings that are missing in the baseline cost what is said above it, and are told', async () => {
  const run = await derive(host({ skip: t => t > 5 && t < 7 }))
  expect(run.verdicts.measurement).toBe('valid')
  expect(run.aboveBaseline.joules).toBeNull()
  expect(run.rules.find(r => r.rule === 'JM-P3c')).toMatchObject({
    state: 'broken',
    findings: [{ code: 'GAP', phase: 'baseline' }, {}, {}],
  })
})

test('readings that are missing on the load generator’s own machine cost its energy alone', async () => {
  const hosts = [
    syntheticHost(),
    syntheticHost({ id: 'load', roles: ['loadgen'], bootId: 'other', skip: t => t > 30 && t < 34 }),
  ]
  const services = [cgroupService('toy', 'sut'), cgroupService('loadgen', 'load')]
  const campaign = syntheticCampaign([syntheticRun({ hosts, services })])
  const result = await deriveCampaign(campaign, parts)
  expect(result.groups[0]?.loadgen.joulesOutside).toBeNull()
  expect(result.runs[0]?.total.joules).toBeCloseTo(1000, 1)
  expect(result.runs[0]?.verdicts.measurement).toBe('valid')
  expect(result.runs[0]?.findings).toContainEqual(
    expect.objectContaining({ code: 'GAP', host: 'load', collector: 'rapl' }),
  )
})

test('what the clocks leave in doubt and what they stepped is in the uncertainty of the figure', async () => {
  const clock = async (of: Partial<SyntheticRun>) => (await derive(of)).total.parts.clock as number
  const sure = await clock({ doubt: 0 })
  expect(sure).toBeCloseTo(0, 2)
  // 50 W × 0.2 s / √3 × √2, docs/measuring.md.
  expect(await clock({ doubt: 200_000 })).toBeCloseTo(50 * 0.2 * Math.sqrt(2 / 3), 2)
  expect(await clock({ doubt: 0, ...host({ step: { at: 30, by: 300_000 } }) })).toBeCloseTo(
    50 * 0.3 * Math.sqrt(2 / 3),
    1,
  )
})

test('a counter that stands still in the window is believed in no figure', async () => {
  const run = await derive(host({ watts: t => (t > 28 && t < 40 ? 0 : 50) }))
  expect(run.findings.map(f => f.code)).toContain('COUNTER_STUCK')
  expect(run.rules.filter(r => r.state === 'broken' && r.effect === 'invalid').map(r => r.rule)).toContain(
    'JM-P12',
  )
  expect(run.total.joules).toBeNull()
})

test('unranked: profile quick', async () => {
  const run = await derive({}, { protocol: { profile: 'quick', ranked: false } })
  expect(run.rules.filter(r => r.state === 'broken').map(r => r.rule)).toEqual(['JM-S1'])
  expect(run.verdicts.measurement).toBe('unranked')
})

test('worth knowing, and valid: late readings, virtual users all in use, a changed environment', async () => {
  const run = await derive({
    ...host({ late: () => 200_000 }),
    ...work({ vuUsed: 10, vuMax: 10 }),
    findings: [
      {
        code: 'ENVIRONMENT_CHANGED',
        host: 'sut',
        values: { host: 'sut', fact: 'memory', before: '1', after: '2' },
      },
    ],
  })
  expect(run.findings.map(f => f.code)).toEqual([
    'VU_CEILING',
    'LATE_READINGS',
    'LATE_READINGS',
    'ENVIRONMENT_CHANGED',
  ])
  expect(run.verdicts.measurement).toBe('valid')
})

test('energy across a failed reading is not known: the figure is absent, with its reason, and the model does not step in', async () => {
  const run = await derive(host({ energyFails: t => t === 30 }))
  expect(run.total.joules).toBeNull()
  const rapl = run.stretches
    .find(s => s.phase.name === 'window')
    ?.energy.find(e => e.evidence.source === 'rapl')
  expect(rapl).toMatchObject({ joules: null, reason: 'BROKEN' })
})

test('a break outside of the windows costs only what it touches', async () => {
  const run = await derive(host({ energyFails: t => t === 6 }))
  expect(run.verdicts.measurement).toBe('valid')
  expect(run.total.joules).toBeCloseTo(1000, 1)
  expect(run.aboveBaseline.joules).toBeNull()
})

test('what the run noticed itself counts, even where the archive does not show it', async () => {
  const run = await derive({
    findings: [{ code: 'RECORDER_DIED', host: 'sut', values: { host: 'sut', reason: 'gone' } }],
  })
  expect(run.rules.find(r => r.rule === 'JM-R1')).toMatchObject({
    state: 'broken',
    findings: [{ values: { reason: 'gone' } }],
  })
  expect(run.verdicts.measurement).toBe('invalid')
})

test('what both have seen is said once', async () => {
  const run = await derive({
    ...host({ offset: 500_000 }),
    findings: [{ code: 'CLOCK_OFFSET', host: 'sut', values: { host: 'sut', offsetMs: 500 }, limit: 400 }],
  })
  expect(run.findings.filter(f => f.code === 'CLOCK_OFFSET')).toHaveLength(1)
})

test('a reader of work that fails is a finding, and the rest of the run stands', async () => {
  const run = await derive({ work: { pieces: 7 as never, facts: {} } })
  expect(run.findings.map(f => f.code)).toContain('WORK_ABSENT')
  expect(run.total.joules).toBeCloseTo(1000, 1)
  expect(run).toMatchObject({ units: null, verdicts: { workload: 'failed' } })
})

test('a shared load generator is not taken from the target: a workload without one shares none', async () => {
  const run = await derive({ findings: [{ code: 'LOADGEN_SHARED', host: 'sut', values: { host: 'sut' } }] })
  expect(run.verdicts.measurement).toBe('valid')
  expect(run.findings).toEqual([])
})

test('a window that was stopped as it began has no figures, and breaks nothing', async () => {
  const phases = [
    { name: 'baseline', from: 2, to: 12 },
    { name: 'window', from: 22, to: 22 },
  ] as const
  const run = await derive({ phases, outcome: 'aborted' })
  expect(run.stretches.map(s => s.phase.name)).toEqual(['baseline'])
  expect(run).toMatchObject({ total: { joules: null }, units: null, seconds: null })
})
