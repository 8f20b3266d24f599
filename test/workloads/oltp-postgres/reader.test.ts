import { expect, test } from 'vitest'
import { parseBalances, pgbenchReader, wrongBalances } from '../../../workloads/oltp-postgres/reader.ts'
import { workFixture } from '../../support/fixture-files.ts'
import { filesOf, readFacts, readWork } from '../../support/work-files.ts'

const log = async (name: string) => workFixture(`oltp-postgres/${name}.log`)

test.each(['15-plain', '15-rate', '15-retries'])(
  '%s: every line is a transaction that was done',
  async name => {
    const text = await log(name)
    const files = filesOf({ 'pgbench.log': text, 'consistency.csv': '1,1,1,1,1\n' })
    const work = await readWork(pgbenchReader, files)
    expect(work).toHaveLength(new TextDecoder().decode(text).trim().split('\n').length)
    expect(work.every(piece => piece.ok && piece.units === 1 && (piece.latency ?? 0) > 100)).toBe(true)
    expect((await readFacts(pgbenchReader, files, 0)).findings).toEqual([])
  },
)

test('skipped transactions are dropped, not work', async () => {
  const files = filesOf({ 'pgbench.log.gz': await log('15-skipped') })
  expect(await readWork(pgbenchReader, files)).toHaveLength(8)
  expect((await readFacts(pgbenchReader, files, 0)).dropped).toBe(52)
})

test('failed transactions are failed work without a latency', async () => {
  const work = await readWork(pgbenchReader, filesOf({ 'pgbench.log': await log('15-failed') }))
  const failed = work.filter(piece => !piece.ok)
  expect(failed.length).toBeGreaterThan(5)
  expect(failed.some(piece => 'latency' in piece)).toBe(false)
})

test('balances that do not add up, and rows that are missing, are wrong', async () => {
  const plain = { 'pgbench.log': await log('15-plain') }
  const of = async (consistency: string) =>
    readFacts(pgbenchReader, filesOf({ ...plain, 'consistency.csv': `${consistency}\n` }), 0)
  expect(await of('5,5,5,5,30')).toMatchObject({ checked: 4, wrong: 0 })
  expect(await of('5,5,5,6,30')).toMatchObject({ checked: 4, wrong: 3 })
  expect(await of('5,4,5,5,29')).toMatchObject({ checked: 4, wrong: 2 })
})

test('a check that could not be made is absent, and said to be', async () => {
  const log15 = { 'pgbench.log': await log('15-plain') }
  for (const files of [filesOf(log15), filesOf({ ...log15, 'consistency.csv': '5,5,,5,30\n' })])
    expect(await readFacts(pgbenchReader, files, 0)).toMatchObject({
      checked: null,
      wrong: null,
      findings: [{ code: 'WORK_ABSENT', values: { file: 'consistency.csv' } }],
    })
})

test('sums beyond 2^53 are compared exactly', () => {
  const balances = parseBalances('9007199254740993,9007199254740992,9007199254740993,9007199254740993,1')
  expect(balances && wrongBalances(balances, 1)).toBe(1)
})

test('nothing, or only broken lines, is absent work', async () => {
  for (const files of [filesOf({}), filesOf({ 'pgbench.log': 'x\ny\n' })])
    expect((await readFacts(pgbenchReader, files, 2)).findings.map(finding => finding.code)).toContain(
      'WORK_ABSENT',
    )
  const { findings, dropped } = await readFacts(pgbenchReader, filesOf({ 'pgbench.log': 'x\n' }), 2)
  expect(dropped).toBeNull()
  expect(findings.map(finding => finding.code)).toEqual([
    'LOAD_EXIT',
    'WORK_ABSENT',
    'SOURCE_ERROR',
    'WORK_ABSENT',
  ])
})
