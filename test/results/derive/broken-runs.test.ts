import { expect, test } from 'vitest'
import { deriveRun } from '../../../results/derive/derive.ts'
import { syntheticHost } from '../support/synthetic-host.ts'
import {
  PARTS_FOR_TESTS as parts,
  runIdOf,
  type SyntheticRun,
  steadyWork,
  syntheticCampaign,
  syntheticRun,
} from '../support/synthetic-run.ts'

const host = (of: Parameters<typeof syntheticHost>[0]): Partial<SyntheticRun> => ({
  hosts: [syntheticHost(of)],
})
const work = (facts: object, pieces = steadyWork()): Partial<SyntheticRun> => ({ work: { pieces, facts } })
const derive = (of: Partial<SyntheticRun>, o: Parameters<typeof syntheticCampaign>[1] = {}) =>
  deriveRun(syntheticCampaign([syntheticRun(of)], o), runIdOf(1), parts)

const failing = steadyWork().map((piece, i) => ({ ...piece, ok: i % 500 !== 300 }))

test.each<[string, Partial<SyntheticRun>, readonly string[]]>([
  ['four readings are missing', host({ skip: t => t > 30 && t < 35 }), ['JM-P3a', 'JM-P3b']],
  ['one reading is missing of twenty', host({ skip: t => t === 30 }), ['JM-P3b']],
  ['a reading of the meter fails', host({ energyFails: t => t === 30 }), ['JM-P3a', 'JM-P3b']],
  ['the recording starts inside the window', host({ skip: t => t > 13.5 && t < 23 }), ['JM-T2']],
  ['the recording ends inside the window', host({ skip: t => t > 41.5 }), ['JM-T2']],
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
])('invalid: %s', async (_, of, rules) => {
  const run = await derive(of)
  expect(run.rules.filter(r => r.broken && r.effect === 'invalid').map(r => r.rule)).toEqual(rules)
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
])('unranked: %s', async (_, of, rules) => {
  const run = await derive(of)
  expect(run.rules.filter(r => r.broken && r.effect !== 'note').map(r => r.rule)).toEqual(rules)
  expect(run.verdicts.measurement).toBe('unranked')
})

test('unranked: profile quick', async () => {
  const run = await derive({}, { protocol: { profile: 'quick', ranked: false } })
  expect(run.rules.filter(r => r.broken).map(r => r.rule)).toEqual(['JM-S1'])
  expect(run.verdicts.measurement).toBe('unranked')
})

test('worth knowing, and valid: late readings, virtual users all in use, a changed environment', async () => {
  const run = await derive({
    ...host({ late: () => 600_000 }),
    ...work({ vuUsed: 10, vuMax: 10 }),
    findings: [
      {
        code: 'ENVIRONMENT_CHANGED',
        host: 'sut',
        values: { host: 'sut', fact: 'kernel', before: '1', after: '2' },
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
    broken: true,
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
