import { expect, test } from 'vitest'
import { gapMeter } from '../../../../results/analyse/integrate/gaps.ts'

const meter = (times: readonly number[]) => {
  const gaps = gapMeter({ from: 10e6, to: 110e6 }, 1e6)
  times.forEach((time, i) => {
    if (i > 0) gaps.add((times[i - 1] as number) * 1e6, time * 1e6)
  })
  return gaps.result()
}
const every = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('readings of every second leave no gap', () => {
  expect(meter(every(8, 112))).toEqual({
    longestIntervals: 1,
    gapSeconds: 0,
    gapShare: 0,
    before: true,
    after: true,
  })
})

test('a gap counts from one interval after the last reading', () => {
  expect(meter([...every(8, 50), ...every(54, 112)])).toMatchObject({
    longestIntervals: 4,
    gapSeconds: 3,
    gapShare: 0.03,
  })
})

test('lateness of less than half an interval is not a gap', () => {
  expect(meter([...every(8, 50), 51.4, ...every(52, 112)])).toMatchObject({ gapSeconds: 0 })
})

test('readings that are late every time are missing at the end of the day', () => {
  const times = Array.from({ length: 80 }, (_, i) => 8 + i * 1.4)
  expect(meter(times)).toMatchObject({
    longestIntervals: expect.closeTo(1.4, 9),
    gapShare: expect.closeTo(0.4 / 1.4, 9),
  })
})

test('time before the first reading and after the last one is missing', () => {
  expect(meter(every(20, 100))).toMatchObject({ gapSeconds: 20, gapShare: 0.2 })
})

test('missing brackets are seen on either side', () => {
  expect(meter(every(11, 112))).toMatchObject({ before: false, after: true })
  expect(meter(every(8, 109))).toMatchObject({ before: true, after: false })
  expect(meter([])).toMatchObject({ longestIntervals: null, before: false, after: false })
})
