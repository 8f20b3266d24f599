import { expect, test } from 'vitest'
import { parseStatus } from '../../../harness/transport/detach.ts'

test.each([
  ['running 42\n', { state: 'running', pid: 42 }],
  ['exited 137 deadline\n', { state: 'exited', code: 137, deadline: true }],
  ['exited 0 -\n', { state: 'exited', code: 0, deadline: false }],
  ['gone it was never started\n', { state: 'gone', reason: 'it was never started' }],
  ['', null],
  ['running x', null],
])('%j is understood', (text, status) => {
  expect(parseStatus(text)).toEqual(status)
})
