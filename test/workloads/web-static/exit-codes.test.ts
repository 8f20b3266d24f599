import { expect, test } from 'vitest'
import { exitMeaning } from '../../../workloads/web-static/exit-codes.ts'

test('ended by itself or by our signal is good, all else has a meaning', () => {
  expect([0, 105].map(exitMeaning)).toEqual([null, null])
  expect([99, 103, 107, 137].map(exitMeaning)).toEqual([
    expect.stringContaining('threshold'),
    expect.stringContaining('REST API'),
    expect.stringContaining('script'),
    expect.stringContaining('SIGKILL'),
  ])
  expect(exitMeaning(42)).toBe('unknown')
})
