import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compressReader, parseLoopLine } from '../../../workloads/cpu-compress/reader.ts'
import { workFixture } from '../../support/fixture-files.ts'
import { filesOf, readFacts, readWork } from '../../support/work-files.ts'

test('every pass is a piece with start and end; checks are counted apart', async () => {
  const files = filesOf({ 'compress.log': await workFixture('cpu-compress/good-compress.log') })
  const work = await readWork(compressReader, files)
  expect(work[0]).toEqual({
    from: 1_795_416_327_619_707,
    at: 1_795_416_327_733_991,
    units: 1 / 1024,
    ok: true,
    latency: 114_284,
  })
  const facts = await readFacts(compressReader, files, 143)
  expect(facts).toMatchObject({ wrong: 0, findings: [], dropped: null })
  expect((facts.checked ?? 0) + work.length).toBe(52)
})

test('failed passes, wrong checks and an early end are told', async () => {
  const text = [
    'pass 1 1795416327619707835 1795416327733991269 1048576 failed',
    'check 1 1795416327735048015 1795416327743663126 wrong',
    'pass 1 1795416327745326241 17954163',
    '',
  ].join('\n')
  const files = filesOf({ 'compress.log.gz': text })
  expect(await readWork(compressReader, files)).toMatchObject([{ ok: false, units: 1 / 1024 }])
  const facts = await readFacts(compressReader, files, 1)
  expect(facts).toMatchObject({ checked: 1, wrong: 1 })
  expect(facts.findings.map(finding => finding.code)).toEqual(['LOAD_EXIT', 'SOURCE_ERROR'])
})

test('no log is absent work', async () => {
  const facts = await readFacts(compressReader, filesOf({}), null)
  expect(facts).toMatchObject({ checked: null, wrong: null, findings: [{ code: 'WORK_ABSENT' }] })
})

test('a pass that ends before it starts is no pass', () => {
  expect(parseLoopLine('pass 1 1795416327733991269 1795416327619707835 1 ok')).toBeUndefined()
})

test('law: what the loop prints is what is read', () => {
  const nanos = fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 4_000_000_000_000_000_000n })
  fc.assert(
    fc.property(
      nanos,
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.nat(),
      fc.boolean(),
      (from, long, bytes, ok) => {
        const line = `pass 3 ${from} ${from + long} ${bytes} ${ok ? 'ok' : 'failed'}`
        expect(parseLoopLine(line)).toEqual({
          kind: 'pass',
          from: Number(from / 1000n),
          at: Number((from + long) / 1000n),
          bytes,
          ok,
        })
      },
    ),
    { seed: 1 },
  )
})
