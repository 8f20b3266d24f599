import { expect, test } from 'vitest'
import { checkEvery } from '../../../workloads/web-static/load.ts'
import { WebStaticParams } from '../../../workloads/web-static/params.ts'

test('an answer is checked at least every 5 seconds, however slow the load', () => {
  const every = (given: object): number => checkEvery(WebStaticParams.parse(given))
  expect(every({})).toBe(50)
  expect(every({ rate: 2 })).toBe(10)
  expect(every({ rate: 1, check_every: 3 })).toBe(3)
  expect(every({ rate: 1000, check_every: 1000 })).toBe(1000)
})
