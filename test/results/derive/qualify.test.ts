import { expect, test } from 'vitest'
import { certificateText } from '../../../harness/model/certificate.ts'
import { JoulemarkError } from '../../../harness/model/error.ts'
import type { PlannedMeter } from '../../../harness/model/meter.ts'
import { type QualifyRequest, qualifyCampaign } from '../../../results/derive/qualify.ts'
import { memoryArchive } from '../support/memory-archive.ts'
import {
  ANALYZER,
  BMC,
  type LevelRun,
  level,
  meterOn,
  qualifyPlan,
  qualifyRuns,
  threeLevels,
} from '../support/qualify-campaign.ts'
import { PARTS_FOR_TESTS as parts } from '../support/synthetic-run.ts'

const qualify = (
  runs: readonly LevelRun[],
  o: { readonly meters?: readonly PlannedMeter[] } & Partial<QualifyRequest> = {},
) => {
  const { meters = [BMC, ANALYZER], ...request } = o
  return qualifyCampaign(
    memoryArchive(qualifyPlan(runs, meters), qualifyRuns(runs)),
    { meter: 'bmc', against: 'analyzer', seal: null, ...request },
    parts,
  )
}

/** What a qualification that comes to nothing says, and its exit. */
async function refusal(made: Promise<unknown>): Promise<{ readonly exit: string; readonly text: string }> {
  const error = await made.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof JoulemarkError)) throw new Error('it should have been refused', { cause: error })
  return { exit: error.exit, text: error.message }
}

test('a sensor that reads 3 % too much passes beside a meter of 1 %', async () => {
  const certificate = await qualify(threeLevels(1.03))
  expect(certificate).toMatchObject({
    verdict: 'passed',
    reasons: [],
    range: { low: expect.closeTo(80, 6), high: expect.closeTo(220, 6) },
    campaign: { seal: null },
    sensor: { id: 'bmc', kind: 'shelly', source: 'bmc', scope: 'whole server', take: 'power', instances: 1 },
    against: { id: 'analyzer', accuracy: { readingPercent: 1 } },
    host: { cpu: 'Example 9000', vendor: 'Example', threads: 4, virtualization: 'none' },
  })
  expect(certificate.levels.map(one => [one.workload, one.class, one.passed])).toEqual([
    ['idle', 'E3', true],
    ['web', 'E3', true],
    ['pack', 'E3', true],
  ])
  for (const { deviation, limit, minutes } of certificate.levels) {
    expect(deviation).toBeCloseTo(0.03, 9)
    expect(limit).toBeCloseTo(0.01, 12)
    expect(minutes.map(({ window, minute }) => [window, minute])).toEqual(
      [0, 1, 2, 3, 4].map(minute => [0, minute]),
    )
  }
  expect(certificateText(certificate)).not.toMatch(/boot-of-sut|"sut"|"lab"/)
})

test.each([1.045, 0.955])('one that is off by 4.5 %% fails beside a meter of 1 %% (× %d)', async gain => {
  const { verdict, reasons, levels } = await qualify(threeLevels(gain))
  expect(verdict).toBe('failed')
  expect(levels.every(one => !one.passed)).toBe(true)
  expect(reasons).toHaveLength(3)
  expect(reasons[0]).toMatch(
    /^idle: the sensor is off by [+−]4\.5 %.* limit of 1 % comes to 5\.\d+ % of what it reads/,
  )
})

test('one level that is wrong fails the whole, and is named', async () => {
  const runs = threeLevels(1).map(run => (run.workload === 'pack' ? { ...run, sensor: () => 190 } : run))
  const { verdict, reasons } = await qualify(runs)
  expect(verdict).toBe('failed')
  expect(reasons).toEqual([expect.stringMatching(/^pack: the sensor is off by −13\.64 %/)])
})

test('the same data give the same bytes', async () => {
  const [once, again] = [await qualify(threeLevels(1.01)), await qualify(threeLevels(1.01))]
  expect(certificateText(once)).toBe(certificateText(again))
  // Begin of the first window of the first run, end of the fifth minute of the last.
  expect((once.measured.to - once.measured.from) / 1e6).toBe(2 * 3600 + 300)
})

test('minutes come from several runs and windows, in the order of the runs, and none is used twice', async () => {
  const runs = [
    level('idle', 80, { windows: [130, 60] }),
    level('web', 140),
    level('pack', 220),
    level('idle', 82, { windows: [240] }),
  ]
  const [idle] = (await qualify(runs)).levels
  expect(idle?.minutes.map(({ run, window, minute }) => [run, window, minute])).toEqual([
    [1, 0, 0],
    [1, 0, 1],
    [1, 1, 0],
    [4, 0, 0],
    [4, 0, 1],
  ])
  expect(idle?.watts).toBeCloseTo((3 * 80 + 2 * 82) / 5, 6)
})

test('a window that ended some ms before its time has all its minutes', async () => {
  const runs = threeLevels(1).map(run => ({ ...run, windows: [299.996] }))
  expect((await qualify(runs)).levels.map(({ minutes }) => minutes.length)).toEqual([5, 5, 5])
})

test('a minute without a figure is left out, counted and named; the next one takes its place', async () => {
  const gap = (watts: number, t: number): number | null => (t > 70 && t < 90 ? null : watts)
  const runs = threeLevels(1).map(run =>
    run.workload === 'web' ? { ...run, windows: [360], sensor: gap } : run,
  )
  const web = (await qualify(runs)).levels.find(({ workload }) => workload === 'web')
  expect(web?.unused).toEqual([{ meter: 'bmc', reason: 'GAP', minutes: 1 }])
  expect(web?.minutes.map(({ minute }) => minute)).toEqual([0, 2, 3, 4, 5])
})

test('a level that has too few minutes is named, with what kept them away', async () => {
  const gap = (watts: number, t: number): number | null => (t > 70 && t < 90 ? null : watts)
  const runs = threeLevels(1).map(run => (run.workload === 'web' ? { ...run, sensor: gap } : run))
  const { exit, text } = await refusal(qualify(runs))
  expect(exit).toBe('refused')
  expect(text).toMatch(/web: 4 of 5 whole minutes .*; in 1 bmc has no figure \(GAP\)/)
  expect(text).not.toMatch(/idle:|pack:/)
})

test('a level that is missing is named; runs that did not get to their end are none', async () => {
  const [idle, web, pack] = threeLevels(1) as [LevelRun, LevelRun, LevelRun]
  expect((await refusal(qualify([web, pack]))).text).toMatch(/idle: the campaign does not have this workload/)
  expect((await refusal(qualify([idle, web]))).text).toMatch(/loads: 1 on lab beside idle, and 2 different/)
  const { text } = await refusal(qualify([idle, web, { ...pack, outcome: 'aborted' }]))
  expect(text).toMatch(/pack: 0 of 5 whole minutes/)
})

test('levels of nearly one power do not test the gain', async () => {
  const runs = [level('idle', 100), level('web', 102), level('pack', 104)]
  const { exit, text } = await refusal(qualify(runs))
  expect(exit).toBe('refused')
  expect(text).toMatch(/all levels lie between 100 and 104 W, less than 5 % apart/)
})

test('the class meter must be a wall meter of class E2 or better at every level', async () => {
  const against = (of: Partial<PlannedMeter>) =>
    refusal(qualify(threeLevels(1), { meters: [BMC, { ...ANALYZER, ...of }] }))
  // 1 % and 2 W: 3.5 % at 80 W, 2.43 % at 140 W, 1.9 % at 220 W.
  const coarse = await against({ accuracy: { readingPercent: 1, rangePercent: 0.2, rangeWatts: 1000 } })
  expect(coarse.exit).toBe('refused')
  expect(coarse.text).toMatch(/idle: at 80 W analyzer may be wrong by 3\.5 %, which is class E1/)
  expect(coarse.text).toMatch(/web: at 140 W/)
  expect(coarse.text).not.toMatch(/pack:/)
  expect((await against({ accuracy: null })).text).toMatch(/no limits of error in the plan/)
  expect((await against({ source: 'bmc' })).text).toMatch(/kind bmc; a wall meter is needed/)
})

test('a wall meter with a data sheet has a class and needs none; a BMC has none whatever is said of it', async () => {
  const { accuracy } = ANALYZER
  const plug = refusal(qualify(threeLevels(1), { meters: [{ ...BMC, source: null, accuracy }, ANALYZER] }))
  expect((await plug).text).toMatch(/bmc is a wall meter with limits of error of its own/)
  const bmc = await qualify(threeLevels(1), { meters: [{ ...BMC, accuracy }, ANALYZER] })
  expect(bmc.verdict).toBe('passed')
})

test('runs on another CPU are not of one sensor', async () => {
  const runs = threeLevels(1).map(run => (run.workload === 'pack' ? { ...run, cpu: 'Example 9001' } : run))
  const { exit, text } = await refusal(qualify(runs))
  expect(exit).toBe('refused')
  expect(text).toMatch(/the CPU of the host differs between runs: Example 9000 \/ Example 9001/)
})

test('meters, targets and hosts that the plan does not have are named, with those that it has', async () => {
  const asked = (o: Partial<QualifyRequest>, meters: readonly PlannedMeter[] = [BMC, ANALYZER]) =>
    refusal(qualify(threeLevels(1), { ...o, meters }))
  expect(await asked({ meter: 'bcm' })).toEqual({
    exit: 'usage',
    text: '"bcm" is not a meter of this campaign. It has: bmc, analyzer',
  })
  expect((await asked({ against: 'bmc' })).text).toBe('bmc can not be held against itself')
  expect((await asked({ host: 'web' })).text).toMatch(/do not both feed web; .*--target lab --host sut/)
  const elsewhere = meterOn('analyzer', { behind: [{ target: 'lab', host: 'other', instances: null }] })
  expect((await asked({}, [BMC, elsewhere])).text).toBe('no host is behind both bmc and analyzer')
  const both = [BMC, ANALYZER].map(meter => ({
    ...meter,
    behind: [...meter.behind, { target: 'lab', host: 'other', instances: null }],
  }))
  expect((await asked({}, both)).text).toMatch(/feed several hosts; say which: .*--host sut, .*--host other/)
  expect((await qualify(threeLevels(1), { host: 'sut', meters: both })).verdict).toBe('passed')
})
