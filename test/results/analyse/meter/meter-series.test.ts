import { expect, test } from 'vitest'
import { READING } from '../../../../harness/model/batch.ts'
import type { MeterValue } from '../../../../harness/model/meter.ts'
import { meterSeries } from '../../../../results/analyse/meter/meter-series.ts'
import { meterSums } from '../../../../results/analyse/meter/meter-sums.ts'

const OF = { meter: 'plug', host: 'web', take: 'power', instances: null } as const
const watts = (...values: (number | null)[]) =>
  values.map((value, i) => ({
    at: i * 1e6,
    values:
      value === null
        ? null
        : [{ instance: 'total', power: value > 0 ? { value } : { flaw: 'not positive' as const } }],
  }))
const counted = (...values: (bigint | null)[]) =>
  values.map((value, i) => ({
    at: i * 1e6,
    values: value === null ? null : [{ instance: 'total', energy: { value } } satisfies MeterValue],
  }))
const sum = (series: ReturnType<typeof meterSeries>, from: number, to: number) =>
  meterSums(series, [{ from: from * 1e6, to: to * 1e6 }], { interval: 1e6, reads: 'instant' })[0]

test('power that is no figure is an error, counted, and bridged by those beside it', () => {
  const series = meterSeries(OF, watts(100, 0, 100, -1, 100, 100))
  expect([...(series.batches[0]?.state ?? [])]).toEqual([0, 2, 0, 2, 0, 0])
  expect(series.findings).toEqual([
    expect.objectContaining({
      code: 'METER_FLAW',
      values: expect.objectContaining({ flaw: 'not positive', times: 2, readings: 6 }),
    }),
  ])
  expect(sum(series, 0, 5)?.[0]?.integral).toEqual({ value: 500 })
})

test('a counter is exact across what is missing, and broken where it falls or leaps', () => {
  const J = 1_000_000n
  const whole = meterSeries(
    { ...OF, take: 'energy' },
    counted(5n * J, null, null, null, null, 505n * J, 605n * J),
  )
  expect(sum(whole, 0, 6)?.[0]?.integral).toEqual({ value: 600e6 })
  const fell = meterSeries({ ...OF, take: 'energy' }, counted(500n * J, 600n * J, 3n * J, 103n * J))
  expect(sum(fell, 0, 3)?.[0]?.integral).toEqual({ absent: 'BROKEN' })
  expect(sum(fell, 2, 3)?.[0]?.integral).toEqual({ absent: 'BROKEN' })
  expect(fell.findings.map(f => f.code)).toEqual(['COUNTER_RESET'])
  const leapt = meterSeries(
    { ...OF, take: 'energy' },
    counted(0n, 100n * J, 10n ** 15n, 10n ** 15n + 100n * J),
  )
  expect(sum(leapt, 0, 3)?.[0]?.integral).toEqual({ absent: 'BROKEN' })
})

test('a counter that never moves has no figure: that is not 0 J', () => {
  const still = meterSeries({ ...OF, take: 'energy' }, counted(...Array.from({ length: 90 }, () => 7n)))
  expect(sum(still, 10, 80)?.[0]?.integral).toEqual({ absent: 'NO_READINGS' })
  expect(still.findings.map(f => f.code)).toEqual(['METER_FROZEN'])
})

test('the steps of a coarse counter are in its doubt', () => {
  const step = 3_600_000_000n
  const coarse = meterSeries(
    { ...OF, take: 'energy' },
    counted(0n, 0n, step, step, step, 2n * step, 2n * step),
  )
  const [one] = sum(coarse, 0, 6) ?? []
  // Two edges, each within one step: ±½ step about the mean, twice; u = 3600 · ½ · √2 / √3.
  expect(one?.doubt).toBeCloseTo(3600 / Math.sqrt(6), 6)
  const fine = meterSeries({ ...OF, take: 'energy' }, counted(0n, 100n, 200n, 300n))
  expect(sum(fine, 0, 3)?.[0]?.doubt).toBe(0)
})

test('what a meter gives is taken where it does not give what was asked for', () => {
  const [batch] = meterSeries({ ...OF, take: 'energy' }, watts(100, 100)).batches
  expect(batch?.series).toMatchObject({
    measurement: 'power',
    unit: 'W',
    kind: 'gauge',
    source: 'plug',
    host: 'web',
  })
})

test('an instance that was asked for and never came leaves no figure, and the part that came is not the whole', () => {
  const series = meterSeries({ ...OF, instances: ['total', 'outlet-9'] }, watts(100, 100, 100))
  expect(series.findings).toMatchObject([
    { code: 'SENSOR_ABSENT', values: { reason: 'it never said anything of outlet-9' } },
  ])
  expect(sum(series, 0, 2)?.map(one => one.integral)).toEqual([{ value: 200 }, { absent: 'NO_READINGS' }])
})

test('a meter that never answered is there all the same, without a figure', () => {
  const series = meterSeries(OF, watts(null, null))
  expect(sum(series, 0, 1)?.map(one => one.integral)).toEqual([{ absent: 'NO_READINGS' }])
})

test('a reading that stands for a minute is said to be frozen, and stays', () => {
  const frozen = meterSeries(OF, watts(...Array.from({ length: 70 }, () => 88), 90))
  expect(frozen.findings).toMatchObject([{ code: 'METER_FROZEN', values: { seconds: 69 } }])
  expect([...(frozen.batches[0]?.state ?? [])].every(state => state === READING.ok)).toBe(true)
  const moving = meterSeries(OF, watts(...Array.from({ length: 70 }, (_, i) => 88 + (i % 7))))
  expect(moving.findings).toEqual([])
})

test('a source that is known to be made up says so', () => {
  const value = { instance: 'total', power: { value: 1 }, synthetic: 'it is a meter for development' }
  expect(meterSeries(OF, [{ at: 0, values: [value] }]).synthetic).toBe('it is a meter for development')
})

test('a counter that hangs after it moved has no figure from its last change on: that is not 0 J either', () => {
  const J = 1_000_000n
  const moving = Array.from({ length: 31 }, (_, i) => BigInt(i) * 100n * J)
  const hangs = meterSeries(
    { ...OF, take: 'energy' },
    counted(...moving, ...Array.from({ length: 200 }, () => 3000n * J)),
  )
  expect(sum(hangs, 5, 25)?.[0]?.integral).toEqual({ value: 2000e6 })
  expect(sum(hangs, 60, 200)?.[0]?.integral).toHaveProperty('absent')
  expect(sum(hangs, 20, 60)?.[0]?.integral).toHaveProperty('absent')
  const again = meterSeries(
    { ...OF, take: 'energy' },
    counted(...moving, ...Array.from({ length: 90 }, () => 3000n * J), 3100n * J, 3200n * J, 3300n * J),
  )
  expect(sum(again, 40, 100)?.[0]?.integral).toEqual({ absent: 'BROKEN' })
  expect(sum(again, 122, 123)?.[0]?.integral).toEqual({ value: 100e6 })
})

test('a coarse counter that steps seldom does not hang', () => {
  const steps = Array.from({ length: 900 }, (_, i) => BigInt(Math.floor(i / 180)) * 18_000_000_000n)
  const coarse = meterSeries({ ...OF, take: 'energy' }, counted(...steps))
  expect(sum(coarse, 100, 800)?.[0]?.integral).toEqual({ value: 4 * 18_000_000_000 })
  expect(sum(coarse, 100, 800)?.[0]?.doubt).toBeCloseTo(18_000 / Math.sqrt(6), 6)
})
