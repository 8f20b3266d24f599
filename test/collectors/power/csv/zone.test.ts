import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isZone, timesIn } from '../../../../collectors/power/csv/zone.ts'

/** What clocks show at a time of UTC, as if it were UTC; ms. Written another way than what is tested. */
function shownAt(zone: string, utc: number): number {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(utc)
  return Date.parse(`${text.replace(' ', 'T')}Z`)
}

const SECOND = 1000
const HOUR = 3600 * SECOND
/** Directive 2000/84/EC: the last Sundays of March and October, 01:00 UTC. */
const FORWARD = Date.UTC(2026, 2, 29, 1)
const BACK = Date.UTC(2026, 9, 25, 1)

test.each([
  ['Europe/Berlin', FORWARD],
  ['Europe/Berlin', BACK],
  ['America/New_York', Date.UTC(2026, 10, 1, 6)],
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
  ['Asia/Kathmandu', BACK],
  ['UTC', FORWARD],
])('every second around a change in %s is found again, and nothing else', (zone, change) => {
  const times = timesIn(zone)
  fc.assert(
    fc.property(fc.integer({ min: -3 * 3600, max: 3 * 3600 }), seconds => {
      const utc = change + seconds * SECOND
      const shown = shownAt(zone, utc)
      const found = times(shown)
      expect(found).toContain(utc)
      for (const time of found) expect(shownAt(zone, time)).toBe(shown)
    }),
    { seed: 20261127, numRuns: 400 },
  )
})

test('in Berlin an hour comes twice in October and never in March', () => {
  const times = timesIn('Europe/Berlin')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3599 }), seconds => {
      const twice = BACK + HOUR + seconds * SECOND
      expect(times(twice)).toEqual([twice - 2 * HOUR, twice - HOUR])
      expect(times(FORWARD + HOUR + seconds * SECOND)).toEqual([])
    }),
    { seed: 20261127, numRuns: 200 },
  )
  expect(times(BACK + HOUR - SECOND)).toEqual([BACK - HOUR - SECOND])
  expect(times(BACK + 2 * HOUR)).toEqual([BACK + HOUR])
  expect(times(FORWARD + HOUR - SECOND)).toEqual([FORWARD - SECOND])
  expect(times(FORWARD + 2 * HOUR)).toEqual([FORWARD])
})

test('zones are names of the database and offsets', () => {
  expect(['Europe/Berlin', 'UTC', '+01:00', 'Berlin', 'MESZ', ''].map(isZone)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
  expect(timesIn('+01:00')(BACK)).toEqual([BACK - HOUR])
})
