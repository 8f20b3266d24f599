export interface StopSignals extends Disposable {
  /** First Ctrl-C, SIGTERM or SIGHUP: stop, tear down, save. */
  readonly soft: AbortSignal
  /** The second: stop now. */
  readonly hard: AbortSignal
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns the process's signals into abort signals until disposed; a third one ends the process where it stands. */
export function stopSignals(onFirst: () => void): StopSignals {
  const soft = new AbortController()
  const hard = new AbortController()
  const stop = (): void => {
    if (hard.signal.aborted) process.exit(130)
    if (soft.signal.aborted) hard.abort(new Error('stopped at once by the user'))
    else {
      soft.abort(new Error('stopped by the user'))
      onFirst()
    }
  }
  for (const name of SIGNALS) process.on(name, stop)
  return {
    soft: soft.signal,
    hard: hard.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, stop)
    },
  }
}
