import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  deriveCampaign,
  deriveRun,
  judgeRun,
  resultText,
  runBatches,
  runEvidence,
} from '../../../results/derive/derive.ts'
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
import { toyWorkload } from '../support/toy-workload.ts'

const RUN = runIdOf(1)
const ramp = syntheticHost({ load: t => (t < 14 ? 0.03 : 0.6), watts: t => (t < 14 ? 20 : 20 + t) })

test('energy, work and CPU of a window are those that were put in', async () => {
  const run = await deriveRun(syntheticCampaign([syntheticRun({ hosts: [ramp] })]), RUN, parts)
  // ∫ 20 + t from 22 to 42 s.
  expect(run.total.joules).toBeCloseTo(20 * 20 + (42 * 42 - 22 * 22) / 2, 1)
  expect(run.aboveBaseline.joules).toBeCloseTo((42 * 42 - 22 * 22) / 2, 1)
  expect(run).toMatchObject({ units: 200, seconds: 20, outcome: 'complete' })
  const window = run.stretches.find(s => s.phase.name === 'window')
  expect(window?.use[0]?.cpuUtilisation).toBeCloseTo(0.6, 3)
  expect(window?.use[0]?.cpuBusySeconds).toBeCloseTo(0.6 * 20 * 4, 1)
  expect(window?.work).toMatchObject({ units: 200, failed: 0, latency: { n: 200, max: 20_000 } })
  expect(run.stretches.map(s => s.phase.name)).toEqual(['baseline', 'idle', 'window'])
})

test('a good run is valid, its work passed, nothing is left', async () => {
  const run = await deriveRun(syntheticCampaign([syntheticRun()]), RUN, parts)
  expect(run.verdicts).toEqual({ measurement: 'valid', workload: 'passed', cleanup: 'clean' })
  expect(run.rules.filter(r => r.state === 'broken')).toEqual([])
  expect(run.footprint[0]).toMatchObject({
    host: 'sut',
    readings: 190,
    missed: 0,
    bytes: 2000,
    cpuShare: expect.closeTo(2e-3, 6),
  })
  expect(run.footprint[0]?.latenessP99Micros).toBeCloseTo(100, -1)
})

test('a meter goes before the model, which stays beside it', async () => {
  const run = await deriveRun(syntheticCampaign([syntheticRun()]), RUN, parts)
  const sources = run.stretches
    .find(s => s.phase.name === 'window')
    ?.energy.map(e => [e.evidence.source, e.range === null])
  expect(sources?.sort()).toEqual([
    ['power-model', false],
    ['rapl', true],
  ])
  expect(run.total).toMatchObject({ joules: expect.closeTo(1000, 1), range: null })
  expect(
    runEvidence(run)
      .map(e => e.evidence.source)
      .sort(),
  ).toEqual(['power-model', 'rapl'])
})

test('without a meter the model gives the figure, with its range, unranked; above baseline may be negative', async () => {
  const host = syntheticHost({ watts: null, load: t => (t < 14 ? 0.7 : 0.2) })
  const run = await deriveRun(syntheticCampaign([syntheticRun({ hosts: [host] })]), RUN, parts)
  expect(run.verdicts.measurement).toBe('unranked')
  expect(run.rules.filter(r => r.state === 'broken').map(r => r.rule)).toEqual(['JM-B8b', 'JM-P9', 'JM-P11'])
  const { joules, range } = run.total
  if (joules === null || range === null) throw new Error('no figure')
  expect(range[0]).toBeLessThan(joules)
  expect(range[1]).toBeGreaterThan(joules)
  expect(run.aboveBaseline.joules).toBeLessThan(0)
  // What ran in the baseline may have stopped, and all of the window may be the work's: nobody can say inside a virtual machine.
  expect(run.aboveBaseline.range?.[1]).toBeGreaterThan(0)
  expect(run.aboveBaseline.range?.[0]).toBeLessThan(run.aboveBaseline.joules as number)
})

test('what is assumed of the machine narrows the model and stands in its scope', async () => {
  const campaign = (assumed: Record<string, number>) =>
    deriveCampaign(
      syntheticCampaign([syntheticRun({ hosts: [syntheticHost({ watts: null })] })], { assumed }),
      parts,
    )
  const open = (await campaign({})).groups[0]
  const stated = (
    await campaign({ threads: 64, overcommitment: 2, idleWatts: 100, fullWatts: 300, year: 2021 })
  ).groups[0]
  const width = (range: readonly number[] | undefined): number =>
    (range?.[1] as number) / (range?.[0] as number)
  expect(open?.evidence?.scope).toBe('wall AC, share of an assumed host')
  expect(stated?.evidence?.scope).toBe(
    'wall AC, share of an assumed host (assumed: 64 threads, overcommitment 2, 100 W idle, 300 W full, of 2021)',
  )
  expect(width(stated?.energyPerUnit.ranges?.[0])).toBeLessThan(width(open?.energyPerUnit.ranges?.[0]) / 5)
})

test('the controller’s clock finds the window whatever the host’s wall clock says', async () => {
  const skewed = { ...ramp, offset: 300_000 }
  const work = { pieces: steadyWork(300_000), facts: {} }
  const run = await deriveRun(syntheticCampaign([syntheticRun({ hosts: [skewed], work })]), RUN, parts)
  const straight = await deriveRun(syntheticCampaign([syntheticRun({ hosts: [ramp] })]), RUN, parts)
  expect(run.total).toEqual(straight.total)
  expect(run.units).toBe(200)
})

test('several windows add up, and each has figures of its own', async () => {
  const phases = [
    { name: 'baseline', from: 2, to: 12 },
    { name: 'idle', from: 14, to: 20 },
    { name: 'window', from: 20, to: 30 },
    { name: 'window', from: 32, to: 42 },
  ] as const
  const run = await deriveRun(syntheticCampaign([syntheticRun({ phases })]), RUN, parts)
  const windows = run.stretches.filter(s => s.phase.name === 'window')
  expect(windows.map(w => w.work?.units)).toEqual([100, 100])
  expect(run).toMatchObject({ units: 200, seconds: 20, total: { joules: expect.closeTo(1000, 1) } })
})

test('one machine is summed once, and a load generator on it is said', async () => {
  const bootId = 'one-machine'
  const hosts = [syntheticHost({ bootId }), syntheticHost({ id: 'load', roles: ['loadgen'], bootId })]
  const services = [cgroupService('loadgen', 'load')]
  const result = await deriveCampaign(syntheticCampaign([syntheticRun({ hosts, services })]), parts)
  expect(result.runs[0]?.total.joules).toBeCloseTo(1000, 1)
  expect(result.runs[0]?.verdicts.measurement).toBe('unranked')
  expect(result.runs[0]?.findings.map(f => f.code)).toEqual(['SHARED_KERNEL', 'LOADGEN_SHARED'])
  expect(result.machines.map(m => m.machine)).toEqual([1, 1])
  expect(result.groups[0]).toMatchObject({
    loadgen: { shared: true, joulesOutside: null },
    boundaryKey: { loadgen: 'shared', sharedKernel: true },
  })
  expect(resultText(result)).not.toContain(bootId)
})

test('a load generator on a machine of its own is outside, with its energy and CPU beside the figure', async () => {
  const hosts = [
    syntheticHost(),
    syntheticHost({
      id: 'load',
      roles: ['loadgen'],
      bootId: 'other',
      load: t => (t < 14 ? 0 : 0.25),
      watts: () => 30,
    }),
  ]
  const services = [cgroupService('toy', 'sut'), cgroupService('loadgen', 'load')]
  const result = await deriveCampaign(syntheticCampaign([syntheticRun({ hosts, services })]), parts)
  expect(result.runs[0]?.total.joules).toBeCloseTo(1000, 1)
  expect(result.groups[0]?.loadgen).toEqual({
    shared: false,
    cpuShare: expect.closeTo(0.25, 3),
    joulesOutside: expect.closeTo(600, 1),
  })
  expect(result.machines.map(m => m.machine)).toEqual([1, 2])
  expect(result.groups[0]).toMatchObject({
    verdict: 'unranked',
    reasons: ['1 of the 6 runs that a rank needs'],
  })
})

test('of a repetition the last usable attempt counts', async () => {
  const bad = syntheticRun({ hosts: [syntheticHost({ skip: t => t > 25 && t < 35 })] })
  const campaign = syntheticCampaign([
    bad,
    syntheticRun({ attempt: 2 }),
    syntheticRun({ outcome: 'aborted' }),
  ])
  const [group] = (await deriveCampaign(campaign, parts)).groups
  expect(group?.counted).toEqual([runIdOf(1, 2)])
  expect(group?.notCounted).toEqual([
    { run: runIdOf(1, 1), reason: 'invalid' },
    { run: runIdOf(2, 1), reason: 'aborted' },
  ])
})

test('a group of five is not ranked, and says why; nor is one with a rule broken in a run', async () => {
  const five = Array.from({ length: 5 }, () => syntheticRun())
  const bad = syntheticRun({ hosts: [syntheticHost({ skip: t => t > 25 && t < 35 })] })
  const groupOf = async (runs: Parameters<typeof syntheticCampaign>[0]) =>
    (await deriveCampaign(syntheticCampaign(runs), parts)).groups[0]
  expect(await groupOf([...five, bad])).toMatchObject({
    verdict: 'unranked',
    reasons: ['5 of the 6 runs that a rank needs'],
  })
  expect(await groupOf([bad])).toMatchObject({ verdict: 'invalid', reasons: ['no run counted'] })
  const modelled = syntheticRun({ hosts: [syntheticHost({ watts: null })] })
  const model = await groupOf(Array.from({ length: 6 }, () => modelled))
  expect(model?.verdict).toBe('unranked')
  expect(model?.reasons).toContain('JM-P9 in 6 of 6 runs')
})

test.each<[string, Partial<SyntheticRun>, string]>([
  [
    'CPU governor',
    { governors: ['powersave', 'powersave'] },
    'governor of sut differs between runs: performance, powersave',
  ],
  ['CPU', { hosts: [syntheticHost({ threads: 8 })] }, 'threads of sut differs between runs: 4, 8'],
  ['turbo', { turbo: [false, false] }, 'turbo of sut differs between runs: false, not readable'],
  [
    'program',
    { tools: [{ name: 'nginx', host: 'sut', version: '1.24.0', path: '/usr/sbin/nginx', copied: false }] },
    'nginx on sut differs between runs: 1.22.1, 1.24.0',
  ],
  ['Joulemark', { tool: '9.9.9' }, 'joulemark differs between runs: 0.0.0-test, 9.9.9'],
])('six runs with another %s in between are not ranked, and it is said', async (_, other, reason) => {
  const nginx = { name: 'nginx', host: 'sut', version: '1.22.1', path: '/usr/sbin/nginx', copied: false }
  const runs = Array.from({ length: 6 }, (_, i) => syntheticRun({ tools: [nginx], ...(i < 3 ? {} : other) }))
  const [group] = (await deriveCampaign(syntheticCampaign(runs), parts)).groups
  expect(group).toMatchObject({ verdict: 'unranked', reasons: [reason] })
  expect(group?.counted).toHaveLength(6)
})

test('runs that were measured count, not the modelled one that came first', async () => {
  const runs = [
    syntheticRun({ hosts: [syntheticHost({ watts: null })] }),
    ...Array.from({ length: 6 }, () => syntheticRun()),
  ]
  const [group] = (await deriveCampaign(syntheticCampaign(runs), parts)).groups
  expect(group).toMatchObject({ evidence: { source: 'rapl' }, verdict: 'valid' })
  expect(group?.notCounted).toEqual([
    { run: runIdOf(1), reason: 'its energy is of another source than that of the runs that count' },
  ])
})

test('a record that is shorter than its plan is not of the profile that the plan names', async () => {
  const long = { protocol: { durations: { baseline: 10, idle: 6, warmUp: 2, window: 240, coolDown: 4 } } }
  const run = await deriveRun(syntheticCampaign([syntheticRun()], long), RUN, parts)
  expect(run.rules.find(r => r.rule === 'JM-S1')).toMatchObject({
    state: 'broken',
    value: 'standard, not as planned',
  })
  expect(run.verdicts.measurement).toBe('unranked')
})

test('six runs have an interval', async () => {
  const runs = [50, 51, 49, 50.5, 49.5, 50].map(watts =>
    syntheticRun({ hosts: [syntheticHost({ watts: () => watts })] }),
  )
  const [group] = (await deriveCampaign(syntheticCampaign(runs), parts)).groups
  expect(group?.energyPerUnit).toMatchObject({
    n: 6,
    kind: 'interval',
    mean: expect.closeTo(5, 3),
    unit: 'J/request',
  })
  expect(group).toMatchObject({ verdict: 'valid', reasons: [] })
  expect(group?.power.values.map(v => Math.round(v * 10) / 10)).toEqual([50, 51, 49, 50.5, 49.5, 50])
})

test('a run without a record, and one that was skipped, are in the result as what they are', async () => {
  const campaign = syntheticCampaign([
    syntheticRun({
      outcome: 'skipped',
      phases: [],
      findings: [{ code: 'TOOL_MISSING', host: 'sut', values: { tool: 'k6' } }],
    }),
  ])
  const [skipped] = (await deriveCampaign(campaign, parts)).runs
  expect(skipped).toMatchObject({
    outcome: 'skipped',
    verdicts: { workload: 'skipped' },
    findings: [{ code: 'TOOL_MISSING' }],
  })
  expect(await judgeRun(campaign, RUN, parts)).toBeNull()
  const gone = await deriveRun(campaign, '0001-lab-toy-r1-a2', parts)
  expect(gone).toMatchObject({
    outcome: 'aborted',
    attempt: 2,
    findings: [{ code: 'ABORTED' }],
    total: { joules: null },
  })
})

test('parameters of another version of the workload are an archive that this version can not read, and it is said which can', async () => {
  const other = { ...toyWorkload, version: '2', params: z.strictObject({ pace: z.number() }) }
  const newer = { ...parts, workloads: new Map([['toy', other]]) }
  await expect(deriveRun(syntheticCampaign([syntheticRun()]), RUN, newer)).rejects.toMatchObject({
    code: 'archive-unreadable',
    message: expect.stringContaining('Joulemark 0.0.0-test reads them'),
  })
})

test('a run that the plan does not have is refused', async () => {
  await expect(
    deriveRun(syntheticCampaign([syntheticRun()]), '0009-lab-toy-r9-a1', parts),
  ).rejects.toMatchObject({ code: 'archive-unreadable' })
})

test('batches of a run come host by host and part by part, every series of a slice before the next', async () => {
  const keys: string[] = []
  for await (const batches of runBatches(syntheticCampaign([syntheticRun({ rate: 10 })]), RUN, parts)) {
    keys.push(batches.map(b => b.series.measurement).join(' '))
    expect(Math.max(...batches.map(b => b.mono.length))).toBeLessThanOrEqual(1000)
  }
  expect(keys.length).toBe(2)
})

test('the same archive gives the same bytes under another zone and language', async () => {
  const campaign = syntheticCampaign([syntheticRun({ hosts: [ramp] }), syntheticRun()])
  const before = { TZ: process.env['TZ'], LANG: process.env['LANG'] }
  const texts: string[] = []
  for (const [TZ, LANG] of [
    ['UTC', 'C'],
    ['Asia/Kathmandu', 'de_DE.UTF-8'],
    ['America/St_Johns', 'tr_TR.UTF-8'],
  ]) {
    Object.assign(process.env, { TZ, LANG })
    texts.push(resultText(await deriveCampaign(campaign, parts)))
  }
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  expect(new Set(texts).size).toBe(1)
  expect(texts[0]).toContain('"joulemark/result/1"')
})

test('no trace has more than 600 points, and its power is that of the host', async () => {
  const run = await deriveRun(syntheticCampaign([syntheticRun({ hosts: [ramp], rate: 10 })]), RUN, parts)
  const power = run.traces.find(t => t.source === 'rapl')
  expect(run.traces.map(t => `${t.name} ${t.source}`)).toEqual(['power rapl', 'power power-model', 'cpu cpu'])
  expect(power?.t.length).toBeLessThanOrEqual(600)
  const middle = Math.floor((power?.t.length ?? 0) / 2)
  // The trace starts with the first phase, 2 s after the start.
  expect(power?.v[middle]).toBeCloseTo(20 + (power?.t[middle] as number) + 2, 0)
})

test('machines and clean-up are counted over all runs', async () => {
  const cleanup = {
    made: 3,
    gone: 2,
    items: [{ seq: 1, what: 'process 12', host: 'sut', state: 'left' as const, at: START }],
    checkedAt: START + 70e6,
  }
  const result = await deriveCampaign(
    syntheticCampaign([syntheticRun({ cleanup }), syntheticRun(), syntheticRun({ cleanup: null })]),
    parts,
  )
  expect(result.cleanup).toEqual({ made: 5, gone: 4, left: ['sut: process 12'], checkedAt: START + 70e6 })
  expect(result.runs.map(r => r.verdicts.cleanup)).toEqual(['left behind', 'clean', 'unknown'])
})
