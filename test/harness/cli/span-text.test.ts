import { expect, test } from 'vitest'
import { spanText } from '../../../harness/cli/span-text.ts'

test.each([
  [-3, '0 s'],
  [45.4, '45 s'],
  [60, '1 min'],
  [200, '3 min 20 s'],
  [840, '14 min'],
  [10_260, '2 h 51 min'],
  [273_600, '3 d 4 h'],
])('%d s is %s', (seconds, text) => expect(spanText(seconds)).toBe(text))
