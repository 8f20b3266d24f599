import { expect, test } from 'vitest'
import { parseBalances, pgbenchReader, wrongBalances } from '../../../workloads/oltp-postgres/reader.ts'
import { workFixture } from '../../support/fixture-files.ts'
import { filesOf, readFacts, readWork } from '../../support/work-files.ts'

const log = async (name: string) => workFixture(`oltp-postgres/${name}.log`)
const report = (done: number, failed = 0, skipped = 0): string =>
  [
    `number of transactions actually processed: ${done}`,
    `number of failed transactions: ${failed} (0.000%)`,
    `number of transactions skipped: ${skipped} (0.000%)`,
    '',
  ].join('\n')

test.each(['15-plain', '15-rate', '15-retries'])(
  '%s: every line is a transaction that was done',
  async name => {
    const text = await log(name)
    const lines = new TextDecoder().decode(text).trim().split('\n').length
    const files = filesOf({
      'pgbench.log': text,
      'pgbench.out': report(lines),
      'consistency.csv': '1,1,1,1,1\n',
    })
    const work = await readWork(pgbenchReader, files)
    expect(work).toHaveLength(lines)
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
  const plain = { 'pgbench.log': await log('15-plain'), 'pgbench.out': report(30) }
  const of = async (consistency: string) =>
    readFacts(pgbenchReader, filesOf({ ...plain, 'consistency.csv': `${consistency}\n` }), 0)
  expect(await of('5,5,5,5,30')).toMatchObject({ checked: 4, wrong: 0 })
  expect(await of('5,5,5,6,30')).toMatchObject({ checked: 4, wrong: 3 })
  expect(await of('5,4,5,5,29')).toMatchObject({ checked: 4, wrong: 2 })
})

test('a check that could not be made is absent, and said to be', async () => {
  const log15 = { 'pgbench.log': await log('15-plain'), 'pgbench.out': report(30) }
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

test('the log is held against what pgbench counted', async () => {
  const reasons = async (contents: Readonly<Record<string, string | Uint8Array>>) =>
    (
      await readFacts(pgbenchReader, filesOf({ 'consistency.csv': '5,5,5,5,8\n', ...contents }), 0)
    ).findings.map(finding => finding.values['reason'])
  const skipped = await log('15-skipped')
  const text = new TextDecoder().decode(skipped)
  expect(await reasons({ 'pgbench.log': skipped, 'pgbench.out': report(8, 0, 52) })).toEqual([])
  for (const [contents, said] of [
    [{ 'pgbench.log': skipped, 'pgbench.out': report(9, 0, 52) }, 'counted 9'],
    [{ 'pgbench.log': skipped, 'pgbench.out': report(8, 0, 51) }, 'counted 51'],
    [{ 'pgbench.log': skipped, 'pgbench.out': report(8, 1, 52) }, 'counted 1'],
    [{ 'pgbench.log': skipped, 'pgbench.out': 'pgbench: error\n' }, 'no report'],
    [{ 'pgbench.log': skipped }, 'no report'],
    [{ 'pgbench.log': text.slice(0, -3), 'pgbench.out': report(8, 0, 52) }, 'counted'],
    [{ 'pgbench.log': `0 1 x\n${text}`, 'pgbench.out': report(8, 0, 52) }, '1 lines of it are broken'],
  ] as const)
    expect(await reasons(contents)).toEqual([expect.stringContaining(said)])
})

test('nothing, or only broken lines, is absent work', async () => {
  for (const files of [filesOf({}), filesOf({ 'pgbench.log': 'x\ny\n' })]) {
    const { findings, dropped } = await readFacts(pgbenchReader, files, 2)
    expect(dropped).toBeNull()
    expect(findings.map(finding => finding.code)).toEqual(['LOAD_EXIT', 'WORK_ABSENT', 'WORK_ABSENT'])
  }
})
