import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bytesText,
  clockText,
  fixed,
  percentText,
  scaleFor,
  significant,
  timeText,
} from '../../../results/report/number-text.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 })

test('a printed number reads back as the rounded number, with a true minus', () => {
  fc.assert(
    fc.property(finite, fc.integer({ min: 0, max: 6 }), (value, decimals) => {
      const read = Number(fixed(value, decimals).replaceAll(',', '').replace('−', '-'))
      expect(Math.abs(read - value)).toBeLessThanOrEqual(0.5 * 10 ** -decimals + Math.abs(value) * 1e-12)
    }),
  )
})

test('three significant digits keep a relative error of half a per cent', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e9, noNaN: true }), value => {
      const read = Number(significant(value, 3).replaceAll(',', ''))
      expect(Math.abs(read - value) / value).toBeLessThanOrEqual(0.00501)
    }),
  )
})

test.each([
  [0.00084, 'J', 'µJ'],
  [0.84, 'J', 'mJ'],
  [1, 'J', 'J'],
  [999.6, 'J', 'kJ'],
  [2_900_000, 'J', 'MJ'],
  [0, 'W', 'W'],
  [-1500, 'J', 'kJ'],
])('%d %s is shown in %s', (value, unit, expected) => {
  expect(scaleFor(value, unit).unit).toBe(expected)
})

test('zero never has a minus', () => {
  expect(fixed(-0, 2)).toBe('0.00')
  expect(fixed(-0.001, 2)).toBe('0.00')
})

test('lengths, bytes, shares', () => {
  expect([
    clockText(151),
    clockText(3727),
    bytesText(512),
    bytesText(1.2 * 2 ** 20),
    percentText(0.02),
    percentText(0),
  ]).toEqual(['2:31', '1:02:07', '512 B', '1.20 MiB', '2.0 %', '0 %'])
})

test('times are UTC, with the zone of the campaign beside it', () => {
  const at = Date.UTC(2026, 6, 1, 22, 30) * 1000
  expect(timeText(at, 'UTC')).toBe('2026-07-01 22:30 UTC')
  expect(timeText(at, 'Europe/Berlin')).toContain('00:30 Europe/Berlin')
})
