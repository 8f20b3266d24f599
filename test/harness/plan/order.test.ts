import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderRuns } from '../../../harness/plan/order.ts'

const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 5 })
const cells = fc
  .tuple(names, names)
  .map(([targets, workloads]) => targets.flatMap(target => workloads.map(workload => ({ target, workload }))))
const options = fc.record({
  repetitions: fc.integer({ min: 1, max: 7 }),
  order: fc.constantFrom('random' as const, 'file' as const),
  seed: fc.maxSafeNat(),
})

const text = (run: { target: string; workload: string }): string => `${run.target}/${run.workload}`

test('every block holds every cell once, and runs are numbered in order', () => {
  fc.assert(
    fc.property(cells, options, (given, o) => {
      const runs = orderRuns(given, o)
      expect(runs.map(run => run.number)).toEqual(runs.map((_, i) => i + 1))
      for (let repetition = 1; repetition <= o.repetitions; repetition += 1) {
        const block = runs.slice((repetition - 1) * given.length, repetition * given.length)
        expect(block.every(run => run.repetition === repetition)).toBe(true)
        expect(block.map(text).sort()).toEqual(given.map(text).sort())
      }
      expect(orderRuns(given, o)).toEqual(runs)
    }),
  )
})

test('another seed draws another order, and `file` keeps the order of the file', () => {
  const given = Array.from({ length: 12 }, (_, i) => ({ target: 't', workload: `w${i}` }))
  const order = (seed: number, kind: 'random' | 'file') =>
    orderRuns(given, { repetitions: 1, order: kind, seed }).map(text)
  expect(order(1, 'random')).not.toEqual(order(2, 'random'))
  expect(order(1, 'file')).toEqual(given.map(text))
})
