import { expect, test } from 'vitest'
import { loadExit } from '../../workloads/load-exit.ts'

const meaning = (code: number): string | null => (code === 0 ? null : 'bad')

test('a good end is no finding; a bad one, and one that nobody saw, is', () => {
  expect(loadExit('tool', 0, meaning)).toEqual([])
  expect(loadExit('tool', 3, meaning)).toEqual([
    { code: 'LOAD_EXIT', values: { tool: 'tool', exitCode: 3, meaning: 'bad' } },
  ])
  expect(loadExit('tool', null, meaning)).toMatchObject([{ code: 'LOAD_EXIT', values: { exitCode: null } }])
})
