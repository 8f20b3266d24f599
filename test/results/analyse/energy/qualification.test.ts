import { expect, test } from 'vitest'
import type { QualifiedMinute } from '../../../../harness/model/certificate.ts'
import {
  failures,
  levelRefusals,
  olympicMean,
  powerRange,
  qualifiedLevel,
} from '../../../../results/analyse/energy/qualification.ts'

const minutes = (against: number, ratios: readonly number[]): QualifiedMinute[] =>
  ratios.map((ratio, minute) => ({
    run: 1,
    attempt: 1,
    window: 0,
    minute,
    sensor: against * ratio,
    against,
    ratio,
  }))
const about = { workload: 'web', id: 'web', version: '1', unused: [] }
const level = (watts: number, ratios: readonly number[], readingPercent = 1) =>
  qualifiedLevel({
    ...about,
    minutes: minutes(watts, ratios),
    accuracy: { readingPercent, rangePercent: 0, rangeWatts: 0 },
  })
const of = (ratio: number): number[] => Array(5).fill(ratio) as number[]

test('an Olympic mean drops one lowest and one highest value, in whatever order they stand', () => {
  expect(olympicMean([9, 1, 2, 3, 100])).toBeCloseTo((2 + 3 + 9) / 3, 12)
  expect(olympicMean([1, 1, 1, 4, 4])).toBe(2)
  expect(olympicMean([5, 5, 5])).toBe(5)
  expect(() => olympicMean([1, 2])).toThrow(RangeError)
  const given = [3, 1, 2]
  olympicMean(given)
  expect(given).toEqual([3, 1, 2])
})

test('one minute that is far off does not fail a level, two do', () => {
  expect(level(100, [1, 1, 1, 1, 1.4]).passed).toBe(true)
  expect(level(100, [1, 1, 1, 1.4, 1.4]).passed).toBe(false)
})

test('deviation and the limit of the class meter count together, to either side', () => {
  expect([1.039, 0.963].map(ratio => level(100, of(ratio)).passed)).toEqual([true, true])
  expect([1.043, 0.961].map(ratio => level(100, of(ratio)).passed)).toEqual([false, false])
  expect(level(100, of(1.041), 0.5).passed).toBe(true)
  expect(failures([level(100, of(1.02)), level(100, of(0.9))])).toEqual([
    expect.stringMatching(
      /^web: the sensor is off by −10 %.*1 % comes to 12\.22 % of what it reads; at most 5 % is allowed$/,
    ),
  ])
})

test('the limit of error of the range grows as power falls', () => {
  const at = (watts: number) =>
    qualifiedLevel({
      ...about,
      minutes: minutes(watts, of(1)),
      accuracy: { readingPercent: 0.5, rangePercent: 0.2, rangeWatts: 500 },
    })
  expect([200, 70, 25].map(watts => at(watts).class)).toEqual(['E3', 'E2', 'E1'])
  expect(at(200).limit).toBeCloseTo(0.01, 12)
  const refused = levelRefusals([at(25), at(70), at(200)], 'pdu')
  expect(refused).toEqual([expect.stringMatching(/^web: at 25 W pdu may be wrong by 4\.5 %.*class E1/)])
})

test('levels must lie more than 5 % apart in power', () => {
  expect(levelRefusals([level(100, of(1)), level(104.9, of(1))], 'pdu')).toHaveLength(1)
  expect(levelRefusals([level(100, of(1)), level(105.1, of(1))], 'pdu')).toEqual([])
  expect(powerRange([level(105, of(1)), level(100, of(1))])).toEqual({ low: 100, high: 105 })
})
