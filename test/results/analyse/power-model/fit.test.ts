import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { coefficients } from '../../../../results/analyse/power-model/coefficients.ts'
import { fitPowerModel, newestDecade } from '../../../../results/analyse/power-model/fit.ts'
import { formatErrors } from '../../../../results/analyse/power-model/format.ts'
import { leaveOneModelOut } from '../../../../results/analyse/power-model/leave-one-out.ts'
import { readPublished } from '../../../../results/analyse/power-model/published.ts'
import {
  LEVELS,
  type Published,
  THREADS_ORIGIN,
  YEAR_ORIGIN,
} from '../../../../results/analyse/power-model/types.ts'
import { draw } from '../../support/random.ts'

/** Machines drawn from a law that the fit should find. */
function machines(n: number, seed: number): Published[] {
  const random = draw(seed)
  return Array.from({ length: n }, (_, i) => {
    const year = 2013 + (i % 10)
    const threads = 2 ** (3 + (i % 6))
    const idle = Math.exp(
      0.2 - 0.1 * (year - YEAR_ORIGIN) - 0.3 * Math.log2(threads / THREADS_ORIGIN) + 0.3 * random.normal(),
    )
    const dynamic = Math.exp(1.1 + 0.2 * random.normal())
    return { cpu: `cpu ${i}`, year, threads, watts: LEVELS.map(u => idle + dynamic * u ** 0.9) }
  })
}

test('the fit finds the law that machines were drawn from', () => {
  const { fits, shape, cpuModels } = fitPowerModel(machines(600, 5), '')
  const { idle, dynamic, correlation } = fits['threads+year']
  expect(idle).toMatchObject({
    intercept: expect.closeTo(0.2, 1),
    perYear: expect.closeTo(-0.1, 1),
    perDoubling: expect.closeTo(-0.3, 1),
    sd: expect.closeTo(0.3, 1),
  })
  expect(dynamic).toMatchObject({ intercept: expect.closeTo(1.1, 1), sd: expect.closeTo(0.2, 1) })
  expect(correlation).toBeCloseTo(0, 0)
  expect(shape[5]).toBeCloseTo(0.5 ** 0.9, 9)
  expect(cpuModels).toBe(600)
})

test('a CPU model with many results counts once', () => {
  const all = machines(40, 6)
  const repeated = [...all, ...Array.from({ length: 30 }, () => all[0] as Published)]
  const once = fitPowerModel(all, '').fits.nothing
  const often = fitPowerModel(repeated, '').fits.nothing
  expect(often.idle.intercept).toBeCloseTo(once.idle.intercept, 9)
  expect(often.idle.sd).toBeCloseTo(once.idle.sd, 9)
})

test('the interval holds machines that the fit has not seen', () => {
  for (const error of leaveOneModelOut(machines(120, 7))) {
    expect(error.coverage).toBeGreaterThan(0.9)
    expect(Math.abs(error.bias)).toBeLessThan(0.2)
  }
})

test('only the newest ten years count', () => {
  const [first] = machines(1, 8)
  const rows = [2004, 2012, 2013, 2022].map(year => ({ ...(first as Published), year }))
  expect(newestDecade(rows).map(row => row.year)).toEqual([2013, 2022])
})

test('the committed curve is one: it rises from 0 to 1, and no error is committed with it', () => {
  expect(coefficients.shape[0]).toBe(0)
  expect(coefficients.shape.at(-1)).toBe(1)
  coefficients.shape.slice(1).forEach((g, i) => {
    expect(g).toBeGreaterThan(coefficients.shape[i] as number)
  })
})

// The table of published results is not part of the repository; where it lies beside the checkout, the fit is made again.
const TABLE = new URL('../../../../../shared/data/specpower-results.csv', import.meta.url)
const withTable = existsSync(TABLE) ? [TABLE] : []
for (const table of withTable) {
  test('the committed coefficients and errors are those of the table', () => {
    const csv = readFileSync(table)
    const rows = newestDecade(readPublished(csv.toString('utf8')))
    const again = fitPowerModel(rows, createHash('sha256').update(csv).digest('hex'))
    expect(roundedTo(6, again)).toEqual(coefficients)
    const errors = leaveOneModelOut(rows)
    expect(readFileSync(new URL('../../../../docs/power-model.md', import.meta.url), 'utf8')).toContain(
      formatErrors(errors),
    )
    for (const { coverage } of errors) expect(coverage).toBeGreaterThan(0.93)
  })
}

const roundedTo = (digits: number, value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, v: unknown) => (typeof v === 'number' ? Number(v.toPrecision(digits)) : v)),
  )
