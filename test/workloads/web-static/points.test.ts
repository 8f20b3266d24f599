import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePoint, parseTime } from '../../../workloads/web-static/points.ts'

test('times are read to the microsecond, in any zone', () => {
  expect(parseTime('2026-11-23T06:45:17.719314955Z')).toBe(Date.UTC(2026, 10, 23, 6, 45, 17) * 1000 + 719_314)
  expect(parseTime('2026-11-23T06:45:17+01:00')).toBe(Date.UTC(2026, 10, 23, 5, 45, 17) * 1000)
  expect(parseTime('2026-11-23T06:45:17.5Z')).toBe(Date.UTC(2026, 10, 23, 6, 45, 17) * 1000 + 500_000)
  expect(parseTime('2026-13-23T06:45:17Z')).toBeUndefined()
  expect(parseTime('2026-11-23 06:45:17')).toBeUndefined()
})

test('law: a time that is printed is the time that is read', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      fc.integer({ min: 0, max: 999 }),
      (millis, micros) => {
        const text = new Date(millis).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
        expect(parseTime(text)).toBe(millis * 1000 + micros)
      },
    ),
    { seed: 1 },
  )
})

test('a declaration of a metric is no point, the order of keys does not count', () => {
  expect(parsePoint('{"type":"Metric","data":{"name":"vus"},"metric":"vus"}')).toBeNull()
  const point =
    '{"data":{"tags":null,"value":2,"time":"1970-01-01T00:00:01Z"},"type":"Point","metric":"vus","new":1}'
  expect(parsePoint(point)).toEqual({ metric: 'vus', at: 1_000_000, value: 2, tags: {} })
})
