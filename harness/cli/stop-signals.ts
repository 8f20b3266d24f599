import type { EventEmitter } from 'node:events'

export interface StopSignals extends Disposable {
  /** First Ctrl-C, SIGTERM or SIGHUP: stop, tear down, save. */
  readonly soft: AbortSignal
  /** The second: stop now. */
  readonly hard: AbortSignal
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A closing session sends several signals at once (SIGHUP, then SIGTERM): together they are one wish. */
const ONE_WISH_MILLIS = 1000
/** One Ctrl-C may come twice: from the terminal, and passed on by whatever started us (npx, a wrapper). Nobody presses it twice so fast. */
const ONE_PRESS_MILLIS = 300

export interface SignalSource {
  readonly from: Pick<EventEmitter, 'on' | 'off'>
  /** Milliseconds, only differences count. */
  readonly now: () => number
}

/**
 * Turns the process's signals into abort signals until disposed. Hard is a second Ctrl-C, or a second signal that is not of the same wish;
 * never SIGHUP. Another one after it ends the process where it stands.
 */
export function stopSignals(
  onFirst: () => void,
  { from, now }: SignalSource = { from: process, now: () => performance.now() },
): StopSignals {
  const soft = new AbortController()
  const hard = new AbortController()
  let first: { readonly name: string; readonly at: number } | null = null
  const stop = (name: string): void => {
    if (first === null) {
      first = { name, at: now() }
      soft.abort(new Error('stopped by the user'))
      onFirst()
      return
    }
    if (name === 'SIGHUP') return
    const again = name === 'SIGINT' && first.name === 'SIGINT'
    if (now() - first.at < (again ? ONE_PRESS_MILLIS : ONE_WISH_MILLIS)) return
    if (hard.signal.aborted) process.exit(130)
    hard.abort(new Error('stopped at once by the user'))
  }
  for (const name of SIGNALS) from.on(name, stop)
  return {
    soft: soft.signal,
    hard: hard.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) from.off(name, stop)
    },
  }
}
