import { expect, test } from 'vitest'
import type { ClockProbe } from '../../../harness/model/target.ts'
import { clockFindings } from '../../../harness/run/clocks.ts'

const S = 1e6
const probe = (wall: number, boot: number, o: Partial<ClockProbe> = {}): ClockProbe => ({
  at: wall,
  offset: 0,
  uncertainty: 1000,
  wall,
  boot,
  resolution: 1,
  ...o,
})

test('clocks that go together give no finding', () => {
  const groups = [[probe(1000 * S, 10 * S)], [probe(1100 * S, 110 * S)], [probe(1200 * S + 1000, 210 * S)]]
  expect(clockFindings('web', groups)).toEqual([])
})

test('an offset that may be larger than 400 ms is a finding; the probe with the shortest round trip counts', () => {
  const late = probe(1000 * S, 10 * S, { offset: 0.9 * S, uncertainty: 0.8 * S })
  expect(clockFindings('web', [[late]])).toMatchObject([
    { code: 'CLOCK_OFFSET', values: { offsetMs: 900, doubtMs: 800 } },
  ])
  const poor = probe(1000 * S, 10 * S, { offset: 0, uncertainty: 0.45 * S })
  expect(clockFindings('web', [[poor]])).toMatchObject([{ code: 'CLOCK_OFFSET' }])
  const sure = probe(1000 * S, 10 * S, { offset: -0.5 * S, uncertainty: 1000 })
  expect(clockFindings('web', [[late, sure]])).toEqual([
    { code: 'CLOCK_OFFSET', host: 'web', values: { host: 'web', offsetMs: -500, doubtMs: 1 }, limit: 400 },
  ])
})

test('a step of the wall clock against the boot clock is a finding with its sign', () => {
  const groups = [
    [probe(1000 * S, 10 * S)],
    [probe(1100 * S - 0.7 * S, 110 * S)],
    [probe(1199.3 * S, 210 * S)],
  ]
  expect(clockFindings('web', groups)).toEqual([
    { code: 'CLOCK_STEP', host: 'web', values: { host: 'web', stepMs: -700 }, limit: 400 },
  ])
})
