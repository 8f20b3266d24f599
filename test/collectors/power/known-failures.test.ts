import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const rows = readFileSync(path.join(ROOT, 'docs/known-failures.md'), 'utf8')
  .split('\n')
  .filter(line => /^\| F\d/.test(line))
  .map(line => line.split('|').map(cell => cell.trim()))
  .map(([, id = '', , , kind = '', , held = '']) => ({ id, kind, held }))
const tests = new Map(
  readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => [path.basename(name), readFileSync(path.join(ROOT, 'test', name), 'utf8')]),
)

/** What of a cell holds a failure: fixtures with a case, tests with words of their title. */
function proofs(held: string): readonly boolean[] {
  return held.split('; ').flatMap(part => {
    if (part.startsWith('fixture '))
      return [...part.matchAll(/`([^`]+)`/g)].map(([, name = '']) =>
        existsSync(path.join(ROOT, 'test/fixtures/collectors', name, 'case.json')),
      )
    const [, file = '', words = ''] = /^test `([^`]+)` (.+)$/.exec(part) ?? []
    return [words.length > 10 && new RegExp(`test\\([^\\n]*${words}`).test(tests.get(file) ?? '')]
  })
}

test('failures are numbered without a gap, and each is a reading or advice', () => {
  expect(rows.map(({ id }) => id)).toEqual(rows.map((_, i) => `F${i + 1}`))
  expect(rows.length).toBeGreaterThan(20)
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['reading', 'advice']))
})

test.each(rows.filter(({ kind }) => kind === 'reading').map(({ id, held }) => [id, held]))(
  '%s is held by tests that are there: %s',
  (_, held) => {
    expect(proofs(held).length).toBeGreaterThan(0)
    expect(proofs(held)).not.toContain(false)
  },
)

test.each(rows.filter(({ kind }) => kind === 'advice').map(({ id, held }) => [id, held]))(
  '%s is advice that a page gives: %s',
  (_, held) => {
    const [, page = ''] = /\]\(([a-z-]+\.md)\)/.exec(held) ?? []
    expect(existsSync(path.join(ROOT, 'docs', page))).toBe(page !== '')
    expect(page).not.toBe('')
  },
)
