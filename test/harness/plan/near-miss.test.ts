import { expect, test } from 'vitest'
import { nearMiss } from '../../../harness/plan/near-miss.ts'

test.each([
  ['adress', 'address'],
  ['hsot', 'host'],
  ['User', 'user'],
  ['x', null],
  ['completely-else', null],
  ['', null],
])('%s → %s', (word, meant) => expect(nearMiss(word, ['address', 'host', 'user'])).toBe(meant))
