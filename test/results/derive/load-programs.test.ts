import { expect, test } from 'vitest'
import type { LoadFacts, WorkFiles } from '../../../harness/model/workload.ts'
import type { HostClock } from '../../../results/analyse/time/host-clock.ts'
import { addCounts, addFacts, loadPrograms, shifted } from '../../../results/derive/load-programs.ts'

const clock = {} as HostClock
const files: WorkFiles = {
  names: ['load-1/k6.json', 'load-1/summary.json', 'load-2/k6.json'],
  open: name =>
    (async function* () {
      yield Buffer.from(name)
    })(),
}

const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = ''
  for await (const chunk of chunks) text += Buffer.from(chunk).toString('utf8')
  return text
}

test('a single program has all files under their own names', () => {
  const [only, ...more] = loadPrograms({ loadExit: 3 }, files, clock, () => null) ?? []
  expect(more).toEqual([])
  expect(only).toMatchObject({ exit: 3, files })
})

test('each of several has its own files, exit code and clock', async () => {
  const loads = [
    { host: 'a', exit: 0 },
    { host: 'b', exit: null },
  ]
  const clocks = new Map([
    ['a', clock],
    ['b', { ...clock }],
  ])
  const programs =
    loadPrograms({ loads, loadExit: null }, files, clock, host => clocks.get(host) ?? null) ?? []
  expect(programs.map(({ exit }) => exit)).toEqual([0, null])
  expect(programs.map(({ files: own }) => own.names)).toEqual([['k6.json', 'summary.json'], ['k6.json']])
  expect(programs[1]?.clock).toBe(clocks.get('b'))
  expect(await textOf(programs[1]?.files.open('k6.json') as AsyncIterable<Uint8Array>)).toBe('load-2/k6.json')
})

test('where the clock of one is not known, nothing is said of any', () => {
  const loads = [{ host: 'a', exit: 0 }]
  expect(loadPrograms({ loads, loadExit: null }, files, clock, () => null)).toBeNull()
})

test('a piece of work is moved with both of its ends', () => {
  expect(shifted({ at: 10, from: 4, units: 1, ok: true, latency: 6 }, 5)).toEqual({
    at: 15,
    from: 9,
    units: 1,
    ok: true,
    latency: 6,
  })
})

const facts = (more: Partial<LoadFacts>): LoadFacts => ({
  dropped: 0,
  vuMax: 10,
  vuUsed: 4,
  checked: 5,
  wrong: 0,
  exitCode: 0,
  findings: [],
  ...more,
})

test('facts add up; what one did not say is not known of all', () => {
  const bad = { code: 'LOAD_EXIT', values: { tool: 'k6', exitCode: 107 } } as const
  expect(addFacts([facts({ dropped: 2 }), facts({ wrong: null, findings: [bad] })])).toEqual({
    dropped: 2,
    vuMax: 20,
    vuUsed: 8,
    checked: 10,
    wrong: null,
    exitCode: null,
    findings: [bad],
  })
})

test('counts add up window by window', () => {
  expect(addCounts([[1, 2], [3, 4], null])).toEqual([4, 6])
  expect(addCounts([null, null])).toBeNull()
})
