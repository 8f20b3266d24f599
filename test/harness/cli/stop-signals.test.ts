import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { stopSignals } from '../../../harness/cli/stop-signals.ts'

/** What signals at these milliseconds lead to. */
function after(sent: readonly (readonly [string, number])[]): { soft: boolean; hard: boolean; told: number } {
  const from = new EventEmitter()
  const at = { now: 0, told: 0 }
  using signals = stopSignals(() => (at.told += 1), { from, now: () => at.now })
  for (const [name, millis] of sent) {
    at.now = millis
    from.emit(name, name)
  }
  return { soft: signals.soft.aborted, hard: signals.hard.aborted, told: at.told }
}

test.each([
  [[['SIGINT', 0]], false],
  [
    [
      ['SIGINT', 0],
      ['SIGINT', 100],
    ],
    false,
  ],
  [
    [
      ['SIGINT', 0],
      ['SIGINT', 30],
      ['SIGINT', 400],
    ],
    true,
  ],
  [
    [
      ['SIGHUP', 0],
      ['SIGTERM', 100],
    ],
    false,
  ],
  [
    [
      ['SIGTERM', 0],
      ['SIGTERM', 100],
    ],
    false,
  ],
  [
    [
      ['SIGTERM', 0],
      ['SIGTERM', 1000],
    ],
    true,
  ],
  [
    [
      ['SIGHUP', 0],
      ['SIGINT', 5000],
    ],
    true,
  ],
  [
    [
      ['SIGHUP', 0],
      ['SIGHUP', 5000],
    ],
    false,
  ],
] as const)('%j: hard is %s', (sent, hard) => {
  expect(after(sent)).toEqual({ soft: true, hard, told: 1 })
})

test('nothing is heard any more after disposal', () => {
  const from = new EventEmitter()
  stopSignals(() => undefined, { from, now: () => 0 })[Symbol.dispose]()
  expect(from.eventNames()).toEqual([])
})
