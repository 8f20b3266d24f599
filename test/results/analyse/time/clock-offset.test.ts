import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findOffset, type LoadTrace, type PowerRows } from '../../../../results/analyse/time/clock-offset.ts'
import { draw } from '../../support/random.ts'

/** CPU use by the second: steps of unlike length, as the phases of a run are. */
const steps = (seconds: number): number => {
  const within = seconds % 400
  return within < 47 ? 0.02 : within < 60 ? 0.6 : within < 150 ? 0.04 : within < 310 ? 0.9 : 0.1
}

function traceOf(load: (seconds: number) => number, length = 400): LoadTrace {
  return { first: 0.5e6, bin: 1e6, values: Array.from({ length }, (_, i) => load(i + 0.5)) }
}

/** Rows every second from before the run until after it, by a clock that is so much ahead. */
function rowsOf(load: (seconds: number) => number, ahead: number, noise = 0): PowerRows {
  const random = draw(7)
  const at = Array.from({ length: 600 }, (_, i) => (i - 100 + ahead) * 1e6)
  const mean = (from: number): number =>
    Array.from({ length: 20 }, (_, k) => load(Math.max(0, from + k / 20))).reduce((sum, v) => sum + v, 0) / 20
  return { at, watts: at.map((_, i) => 50 + 100 * mean(i - 101) + noise * (random.uniform() - 0.5)) }
}

test('an offset is found within the doubt that is stated', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.integer({ min: 0, max: 20 }),
      (ahead, noise) => {
        const found = findOffset(rowsOf(steps, ahead, noise), [traceOf(steps)])
        if ('why' in found) throw new Error(found.why)
        expect(Math.abs(found.offset - ahead)).toBeLessThanOrEqual(found.doubt)
        expect(found.doubt).toBeLessThan(5)
      },
    ),
    { seed: 20261127, numRuns: 40 },
  )
})

test.each([
  ['power that has nothing to do with it', rowsOf(() => 0.5, 0, 20), traceOf(steps), 'does not vary'],
  ['a machine that is always alike', rowsOf(() => 0.5, 0), traceOf(() => 0.5), 'does not vary'],
  [
    'a load that repeats itself',
    rowsOf(s => Number(s % 20 < 10), 3),
    traceOf(s => Number(s % 20 < 10)),
    'several',
  ],
  ['a load that rises slowly', rowsOf(s => s / 400, 3), traceOf(s => s / 400), ''],
  ['a clock that is beyond a minute off', rowsOf(steps, 75), traceOf(steps), ''],
  ['no rows', { at: [], watts: [] }, traceOf(steps), 'does not vary'],
])('%s gives none', (_, rows, trace, why) => {
  expect(findOffset(rows, [trace])).toMatchObject({ why: expect.stringContaining(why) })
})
