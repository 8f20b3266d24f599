import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { k6Reader } from '../../../workloads/web-static/reader.ts'
import { workFixture } from '../../support/fixture-files.ts'
import { filesOf, readFacts, readWork } from '../../support/work-files.ts'

const recorded = async (name: string) =>
  filesOf({ 'k6.json.gz': await workFixture(`web-static/${name}-k6.json.gz`) })

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

test('a file that ends in the middle of a line keeps what came before', async () => {
  const whole = await workFixture('web-static/good-k6.json.gz')
  const files = filesOf({ 'k6.json.gz': whole.subarray(0, Math.floor(whole.length / 2)) })
  expect((await readWork(k6Reader, files)).length).toBeGreaterThan(10)
  expect((await readFacts(k6Reader, files, 137)).findings).toEqual([
    { code: 'LOAD_EXIT', values: { tool: 'k6', exitCode: 137, meaning: expect.stringContaining('killed') } },
  ])
})

test('no file, or one without requests, is absent work, not zero work', async () => {
  for (const files of [filesOf({}), filesOf({ 'k6.json.gz': '' })]) {
    const facts = await readFacts(k6Reader, files, 0)
    expect(facts.dropped).toBeNull()
    expect(facts.findings).toEqual([{ code: 'WORK_ABSENT', values: { file: 'k6.json.gz' } }])
  }
})

test('broken lines are counted and never become work', async () => {
  const good = new TextDecoder().decode(await workFixture('web-static/good-k6.json.gz'))
  const broken = [
    'null',
    '{"metric":"http_req_duration","type":"Point"}',
    '{"metric":"http_req_duration","type":"Point","data":{"time":"yesterday","value":1,"tags":{}}}',
    '{"metric":"http_req_duration","type":"Point","data":{"time":"2026-01-01T00:00:00Z","value":"1"}}',
  ]
  const files = filesOf({ 'k6.json.gz': `${broken.join('\n')}\n${good}` })
  expect(await readWork(k6Reader, files)).toHaveLength(31)
  expect((await readFacts(k6Reader, files, 105)).findings).toEqual([
    { code: 'SOURCE_ERROR', values: { collector: 'k6', source: 'k6.json.gz', errors: 4 } },
  ])
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
