import { expect, test } from 'vitest'
import type { Work } from '../../../../harness/model/workload.ts'
import { logHistogram } from '../../../../results/analyse/work/log-histogram.ts'
import { workSum } from '../../../../results/analyse/work/window-work.ts'

const sum = (pieces: readonly Work[], pooled = logHistogram()) => {
  const work = workSum({ from: 100, to: 200 }, pooled)
  for (const piece of pieces) work.add(piece)
  return work.result()
}

test('a piece belongs to the window in which it ends; the end of the window is not in it', () => {
  const piece = (at: number): Work => ({ at, units: 1, ok: true })
  expect(sum([piece(99), piece(100), piece(199), piece(200)])).toMatchObject({ units: 2, failed: 0 })
})

test('a long piece is split in proportion at both edges', () => {
  expect(
    sum([
      { from: 50, at: 150, units: 10, ok: true },
      { from: 180, at: 220, units: 4, ok: true },
    ]),
  ).toMatchObject({ units: 7 })
})

test('failed work is counted in units, and its latency is not', () => {
  const pooled = logHistogram()
  const got = sum(
    [
      { at: 150, units: 3, ok: false, latency: 900 },
      { at: 150, units: 1, ok: true, latency: 20 },
    ],
    pooled,
  )
  expect(got).toMatchObject({ units: 1, failed: 3, latency: { n: 1, max: 20 } })
  expect(pooled.n).toBe(1)
})

test('work that was lost before the end of the window makes its work absent, not less', () => {
  const done: Work = { at: 150, units: 1, ok: true }
  const lost = (at: number): Work => ({ at, units: 0, ok: false, lost: true })
  expect(sum([done, lost(20)])).toBeNull()
  expect(sum([lost(199), done])).toBeNull()
  expect(sum([done, lost(200)])).toMatchObject({ units: 1, failed: 0 })
})
