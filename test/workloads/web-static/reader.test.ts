import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { k6Reader } from '../../../workloads/web-static/reader.ts'
import { workFixture } from '../../support/fixture-files.ts'
import { filesOf, readChecks, readFacts, readWork } from '../../support/work-files.ts'

const recorded = async (name: string) =>
  filesOf({
    'k6.json.gz': await workFixture(`web-static/${name}-k6.json.gz`),
    'k6-summary.json': await workFixture(`web-static/${name}-k6-summary.json`),
  })
const good = async (): Promise<string> =>
  new TextDecoder().decode(await workFixture('web-static/good-k6.json.gz'))
const summaryOf = (requests: unknown): string =>
  JSON.stringify({ metrics: { http_reqs: { values: { count: requests } } } })
const absences = async (contents: Readonly<Record<string, string>>): Promise<readonly unknown[]> =>
  (await readFacts(k6Reader, filesOf(contents), 105)).findings.map(f => [f.code, f.values['reason']])

test('every request is a piece of work at its end, with its latency', async () => {
  const files = await recorded('good')
  const work = await readWork(k6Reader, files)
  expect(work).toHaveLength(31)
  expect(work.every(piece => piece.ok && piece.units === 1)).toBe(true)
  expect(work.every(({ latency }) => latency !== undefined && latency > 0 && latency < 1_000_000)).toBe(true)
  const spread = Math.max(...work.map(({ at }) => at)) - Math.min(...work.map(({ at }) => at))
  expect(spread).toBeGreaterThan(2_500_000)
  expect(await readFacts(k6Reader, files, 105)).toEqual({
    dropped: 0,
    vuMax: 3,
    vuUsed: 0,
    checked: 7,
    wrong: 0,
    exitCode: 105,
    findings: [],
  })
})

test('requests without an answer are failed work without a latency, their checks are wrong', async () => {
  const files = await recorded('stopped')
  const failed = (await readWork(k6Reader, files)).filter(piece => !piece.ok)
  expect(failed.length).toBeGreaterThan(10)
  expect(failed.some(piece => 'latency' in piece)).toBe(false)
  const { checked, wrong } = await readFacts(k6Reader, files, 105)
  expect(checked).toBe(7)
  expect(wrong).toBeGreaterThan(2)
})

test('iterations that k6 could not start are dropped', async () => {
  expect((await readFacts(k6Reader, await recorded('dropped'), 105)).dropped).toBe(4)
})

test('checks have the times at which they were made', async () => {
  const files = await recorded('stopped')
  const checks = await readChecks(k6Reader, files)
  expect(checks).toHaveLength(7)
  expect(checks.filter(check => check.right)).toHaveLength(3)
  const times = (await readWork(k6Reader, files)).map(({ at }) => at)
  for (const { at } of checks) {
    expect(at).toBeGreaterThanOrEqual(Math.min(...times) - 1e6)
    expect(at).toBeLessThanOrEqual(Math.max(...times) + 1e6)
  }
})

test('what k6 recorded is held against what it counted', async () => {
  const text = await good()
  expect(await absences({ 'k6.json.gz': text, 'k6-summary.json': summaryOf(31) })).toEqual([])
  expect(await absences({ 'k6.json.gz': text, 'k6-summary.json': summaryOf(32) })).toEqual([
    ['WORK_ABSENT', 'it has 31 requests, and k6 counted 32 of them'],
  ])
})

test('a file that ends in the middle of a line keeps what came before, and is not whole', async () => {
  const text = await good()
  const torn = text.slice(0, text.length / 2)
  expect((await readWork(k6Reader, filesOf({ 'k6.json.gz': torn }))).length).toBeGreaterThan(10)
  for (const summary of [{}, { 'k6-summary.json': '{"metr' }, { 'k6-summary.json': summaryOf(31) }])
    expect(await absences({ 'k6.json.gz': torn, ...summary })).toEqual([['WORK_ABSENT', expect.any(String)]])
  expect((await readFacts(k6Reader, filesOf({ 'k6.json.gz': torn }), 137)).findings).toMatchObject([
    { code: 'LOAD_EXIT', values: { tool: 'k6', exitCode: 137, meaning: expect.stringContaining('killed') } },
    { code: 'WORK_ABSENT', values: { reason: expect.stringContaining('no summary') } },
  ])
})

test('without a summary nobody knows whether the record is whole', async () => {
  const text = await good()
  for (const summary of [{}, { 'k6-summary.json': '{}' }, { 'k6-summary.json': summaryOf(null) }])
    expect(await absences({ 'k6.json.gz': text, ...summary })).toEqual([['WORK_ABSENT', expect.any(String)]])
})

test('no file, or one without requests, is absent work, not zero work', async () => {
  for (const files of [filesOf({}), filesOf({ 'k6.json.gz': '' })]) {
    const facts = await readFacts(k6Reader, files, 0)
    expect(facts.dropped).toBeNull()
    expect(facts.findings).toMatchObject([{ code: 'WORK_ABSENT', values: { file: 'k6.json.gz' } }])
  }
})

test.each([
  'null',
  '{"metric":"http_req_duration","type":"Point"}',
  '{"metric":"http_req_duration","type":"Point","data":{"time":"yesterday","value":1,"tags":{}}}',
  '{"metric":"http_req_duration","type":"Point","data":{"time":"2026-01-01T00:00:00Z","value":"1"}}',
])('a broken line never becomes work, and the record is not whole: %s', async broken => {
  const contents = { 'k6.json.gz': `${broken}\n${await good()}`, 'k6-summary.json': summaryOf(31) }
  expect(await readWork(k6Reader, filesOf(contents))).toHaveLength(31)
  expect(await absences(contents)).toEqual([['WORK_ABSENT', '1 lines of it are broken']])
})

test('law: whatever stands in the file, reading ends without an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json())), async lines => {
      const files = filesOf({ 'k6.json.gz': lines.map(line => `"metric":"checks"${line}`).join('\n') })
      expect(await readWork(k6Reader, files)).toEqual([])
      await readFacts(k6Reader, files, null)
    }),
    { seed: 1, numRuns: 60 },
  )
})
