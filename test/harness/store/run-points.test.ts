import { expect, test } from 'vitest'
import { type Batch, READING, type Series } from '../../../harness/model/batch.ts'
import type { RunRecord } from '../../../harness/model/run.ts'
import { micros } from '../../../harness/model/units.ts'
import { type RunLines, runPrinter, runTags } from '../../../harness/store/run-points.ts'
import { plan, RUN } from '../../results/archive/plan-fixture.ts'

const tags = runTags('c', plan, { id: RUN, target: 'here', workload: 'idle' } as RunRecord)
const counter: Series = {
  measurement: 'energy',
  field: 'energy',
  unit: 'µJ',
  kind: 'counter',
  host: 'web',
  source: 'rapl',
  instance: 'package-0',
}

function batch(
  over: Partial<Batch>,
  readings: readonly (readonly [wall: number, value: number, state?: number])[],
): Batch {
  return {
    series: counter,
    base: '0',
    wall: Float64Array.from(readings, ([wall]) => wall),
    mono: Float64Array.from(readings, ([wall]) => wall),
    values: Float64Array.from(readings, ([, value]) => value),
    state: Uint8Array.from(readings, ([, , state]) => state ?? READING.ok),
    ...over,
  }
}

test('a counter is its absolute value, exact beyond 2^53, with the tags of its run', () => {
  const given = batch({ base: '9223372036854775000' }, [
    [1_000_001, 0],
    [2_000_001, 807],
  ])
  expect(runPrinter(tags).batch(given)).toEqual({
    lines: [
      `energy,campaign=c,host=web,instance=package-0,role=sut,run=${RUN},source=rapl,target=here,workload=idle energy=9223372036854775000i 1000001000`,
      `energy,campaign=c,host=web,instance=package-0,role=sut,run=${RUN},source=rapl,target=here,workload=idle energy=9223372036854775807i 2000001000`,
    ],
    refused: [],
  })
})

test('absent and failed readings are no points; impossible ones are refused, each with its reason', () => {
  const given = batch({ base: '9223372036854775807' }, [
    [1, Number.NaN, READING.absent],
    [2, Number.NaN, READING.error],
    [3, 0],
    [4, 1],
    [5.5, 0],
    [6, Number.NaN],
    [7, 0.5],
    [3, 0],
  ])
  const { lines, refused } = runPrinter(tags).batch(given)
  expect(lines).toHaveLength(1)
  expect(refused.map(({ reason, points }) => [reason, points])).toEqual([
    ['beyond 64 bits', 1],
    ['the time is not a whole number of µs since 1970', 1],
    ['a counter that is not a whole number below 2^53', 2],
    ['the series has a value at this time already', 1],
  ])
})

test('a time is taken once per series, also when the clock steps back; other series and hosts have their own', () => {
  const printer = runPrinter(tags)
  const count = (part: RunLines): readonly number[] => [
    part.lines.length,
    part.refused.reduce((n, r) => n + r.points, 0),
  ]
  expect(
    count(
      printer.batch(
        batch({}, [
          [10, 1],
          [20, 2],
          [5, 3],
        ]),
      ),
    ),
  ).toEqual([3, 0])
  expect(
    count(
      printer.batch(
        batch({}, [
          [6, 4],
          [10, 5],
          [20, 6],
          [30, 7],
        ]),
      ),
    ),
  ).toEqual([2, 2])
  expect(count(printer.batch(batch({ series: { ...counter, instance: 'package-1' } }, [[10, 1]])))).toEqual([
    1, 0,
  ])
  expect(count(printer.batch(batch({ series: { ...counter, host: 'gun' } }, [[10, 1]])))).toEqual([1, 0])
})

test('a host in both roles says so, one in none has no role', () => {
  const [target] = plan.targets
  const both = {
    ...plan,
    targets: [
      { ...(target ?? plan.targets[0]), hosts: [{ id: 'web', roles: ['sut', 'loadgen'], assumed: {} }] },
    ],
  } as typeof plan
  const record = { id: RUN, target: 'here', workload: 'idle' } as RunRecord
  expect(runPrinter(runTags('c', both, record)).batch(batch({}, [[1, 1]])).lines[0]).toContain(
    ',role=sut+loadgen,',
  )
  expect(
    runPrinter(tags).batch(batch({ series: { ...counter, host: 'x' } }, [[1, 1]])).lines[0],
  ).not.toContain('role=')
})

test('a name that line protocol can not carry is refused point by point', () => {
  const { lines, refused } = runPrinter(tags).batch(
    batch({ series: { ...counter, instance: 'sd\na' } }, [
      [1, 1],
      [2, 2],
    ]),
  )
  expect(lines).toEqual([])
  expect(refused).toMatchObject([{ measurement: 'energy', field: 'energy', by: 'here', points: 2 }])
})

test('ready points are printed as they are, each series and time once', () => {
  const printer = runPrinter(tags)
  const point = {
    measurement: 'phase',
    field: 'end',
    tags: { run: 'r' },
    value: { type: 'integer', value: 7n },
    time: micros(3),
  } as const
  expect(printer.point(point)).toEqual({ lines: ['phase,run=r end=7i 3000'], refused: [] })
  expect(printer.point(point)).toMatchObject({ lines: [], refused: [{ points: 1 }] })
})

test('series beyond the bound are refused, those before go on', () => {
  const printer = runPrinter(tags, 1)
  printer.batch(batch({}, [[1, 1]]))
  const other = printer.batch(
    batch({ series: { ...counter, instance: 'x' } }, [
      [1, 1],
      [2, 2],
    ]),
  )
  expect(other).toMatchObject({
    lines: [],
    refused: [{ reason: 'more than 1 series in the run', points: 2 }],
  })
  expect(printer.batch(batch({}, [[2, 1]])).lines).toHaveLength(1)
})
