import { expect, test } from 'vitest'
import { compressReader } from '../../../workloads/cpu-compress/reader.ts'
import { workFixture } from '../../support/fixture-files.ts'
import { filesOf, readChecks, readFacts, readWork } from '../../support/work-files.ts'

const recorded = async (): Promise<string> =>
  new TextDecoder().decode(await workFixture('cpu-compress/good-compress.log'))
const of = (text: string) => filesOf({ 'compress.log.gz': text })
const count = (text: string, kind: string): number => text.split('\n').filter(l => l.startsWith(kind)).length
const codes = async (text: string, exitCode: number | null): Promise<readonly unknown[]> =>
  (await readFacts(compressReader, of(text), exitCode)).findings.map(f => [f.code, f.values['reason']])

test('every pass is a piece with start and end; checks are told apart, with their times', async () => {
  const log = await recorded()
  const work = await readWork(compressReader, of(log))
  const [, , start, end] = /^pass (\d) (\d+) (\d+)/m.exec(log) ?? []
  const [from, at] = [start, end].map(nanos => Number(nanos?.slice(0, -3)))
  expect(work[0]).toEqual({ from, at, units: 1 / 1024, ok: true, latency: (at ?? 0) - (from ?? 0) })
  expect(work).toHaveLength(count(log, 'pass'))
  const checks = await readChecks(compressReader, of(log))
  expect(checks).toHaveLength(count(log, 'check'))
  expect(work.map(piece => piece.from)).toEqual(expect.arrayContaining(checks.map(check => check.from)))
  expect(await readFacts(compressReader, of(log), 0)).toMatchObject({
    checked: checks.length,
    wrong: 0,
    findings: [],
    dropped: null,
  })
})

test('failed passes and wrong checks are told', async () => {
  const text = (await recorded()).replace(/ ok$/m, ' failed').replace(/ right$/m, ' wrong')
  expect((await readWork(compressReader, of(text))).filter(piece => !piece.ok)).toMatchObject([
    { units: 1 / 1024 },
  ])
  expect((await readChecks(compressReader, of(text))).filter(check => !check.right)).toHaveLength(1)
  expect((await readFacts(compressReader, of(text), 0)).wrong).toBe(1)
})

test('passes that were killed are lost from their start', async () => {
  const text = [
    'begin 2 1795416327000000000',
    'start 2 1795416327600000000',
    'start 1 1795416327700000000',
    'pass 2 1795416327600000000 1795416328600000000 1048576 ok',
    'start 2 1795416328700000000',
    '',
  ].join('\n')
  expect((await readWork(compressReader, of(text))).slice(1)).toEqual([
    { at: 1_795_416_327_700_000, units: 0, ok: false, lost: true },
    { at: 1_795_416_328_700_000, units: 0, ok: false, lost: true },
  ])
  expect(await codes(text, 143)).toEqual([['LOAD_EXIT', undefined]])
})

test('a compressor that left no trace to its end is told, whatever the exit code says', async () => {
  const text = (await recorded()).replace(/^begin 2/, 'begin 3')
  expect((await readWork(compressReader, of(text))).filter(piece => piece.lost)).toHaveLength(1)
  expect(await codes(text, 1)).toEqual([['LOAD_EXIT', undefined]])
  expect(await codes(text, 0)).toEqual([['WORK_ABSENT', expect.stringContaining('2 of 3')]])
})

test('an end that nobody saw is not a good one', async () => {
  expect(await codes(await recorded(), null)).toEqual([['LOAD_EXIT', undefined]])
})

test.each([
  ['a broken line', (log: string) => log.replace(/^pass .*$/m, 'pass 1')],
  ['a line that is missing', (log: string) => log.replace(/^pass .*\n/m, '')],
  ['no beginning', (log: string) => log.replace(/^begin .*\n/m, '')],
  ['a log cut at the front', (log: string) => log.slice(log.length / 2)],
  ['a torn end', (log: string) => log.slice(0, -5)],
  ['an empty log', () => ''],
])('%s makes the record of work absent', async (_, spoil) => {
  expect(await codes(spoil(await recorded()), 0)).toEqual([['WORK_ABSENT', expect.any(String)]])
})

test('no log is absent work', async () => {
  const facts = await readFacts(compressReader, filesOf({}), 0)
  expect(facts).toMatchObject({ checked: null, wrong: null, findings: [{ code: 'WORK_ABSENT' }] })
})
