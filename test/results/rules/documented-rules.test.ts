import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RULES } from '../../../results/rules/rules.ts'

const row = ({ id, title, limit, unit, effect }: (typeof RULES)[number]): string =>
  `| ${id} | ${title} | ${limitText(limit, unit)} | ${effect} |`

function limitText(limit: number | string | null, unit: string): string {
  if (limit === null) return ''
  if (limit === 0) return 'none'
  if (typeof limit === 'string') return `${limit} ${unit}`.trim()
  return unit.startsWith('share') ? `${limit * 100} %` : `${limit} ${unit}`
}

test('docs/measuring.md lists every rule as it is, and no other', () => {
  const page = readFileSync(new URL('../../../docs/measuring.md', import.meta.url), 'utf8')
  expect(page.split('\n').filter(line => line.startsWith('| JM-'))).toEqual(RULES.map(row))
})
