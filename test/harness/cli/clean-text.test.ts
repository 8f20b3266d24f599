import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanLine, cleanText } from '../../../harness/cli/clean-text.ts'

test('control characters and bidi controls are written out; newlines and our colours stay', () => {
  expect(cleanText('a\u001b]0;title\u0007b\r\u009b2J\n\tc')).toBe(
    'a\\u001b]0;title\\u0007b\\u000d\\u009b2J\n c',
  )
  expect(cleanText('user\u202Egpj.exe')).toBe('user\\u202egpj.exe')
  expect(cleanText('\u001b[1mbold\u001b[22m \u001b[8mhidden')).toBe(
    '\u001b[1mbold\u001b[22m \\u001b[8mhidden',
  )
  expect(cleanLine('a\nb\u001b[31m')).toBe('a b\\u001b[31m')
})

test('JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const printed = cleanText(JSON.stringify({ text }, null, 2))
      expect(JSON.parse(printed)).toEqual({ text })
      expect(printed).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/)
    }),
  )
})
