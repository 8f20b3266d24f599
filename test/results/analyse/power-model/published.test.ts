import { expect, test } from 'vitest'
import { cpuModel, readPublished } from '../../../../results/analyse/power-model/published.ts'

const HEADER =
  'result,hardware_available,cpu,nodes,threads,w_100,w_90,w_80,w_70,w_60,w_50,w_40,w_30,w_20,w_10,idle_w'

test('watts are of all nodes, threads of one', () => {
  const [row] = readPublished(`${HEADER}\n1,Apr-2019,X 1,2,8,320,304,288,272,256,240,224,208,192,176,160\n`)
  expect(row).toMatchObject({ year: 2019, threads: 8 })
  expect(row?.watts).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])
})

test('a cell in quotes may hold commas', () => {
  const [row] = readPublished(`${HEADER}\n1,Apr-2019,"X 1, at 2 GHz",1,1,2,2,2,2,2,2,2,2,2,2,1\n`)
  expect(row?.cpu).toBe('x 1 at')
})

test('what cannot be read is named with its line', () => {
  expect(() => readPublished(`${HEADER}\n1,2019,X,1,8,3,3,3,3,3,3,3,3,3,3,1\n`)).toThrow(
    /line 2: hardware_available/,
  )
  expect(() => readPublished(`${HEADER}\n1,Apr-2019,X,1,8,0,3,3,3,3,3,3,3,3,3,1\n`)).toThrow(/line 2: w_100/)
})

test.each([
  ['Intel(R) Xeon(R) Gold 6210U CPU @ 2.50GHz', 'xeon gold 6210u'],
  ['Intel Xeon Platinum 8280 @ 2.70GHz (Intel', 'xeon platinum 8280'],
  ['AMD EPYC 7702 2.0 GHz', 'epyc 7702'],
  ['Intel Xeon E5-2660v2', 'xeon e5 2660 v2'],
])('%s is %s', (name, model) => {
  expect(cpuModel(name)).toBe(model)
})
