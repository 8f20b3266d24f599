import type { PhaseName } from '../model/run.ts'
import type { Attempt } from './attempt.ts'

export interface PhaseStart {
  readonly name: PhaseName
  /** null: no fixed length. */
  readonly seconds: number | null
  readonly index?: number
}

/** Runs one phase: told at its start and its end, noted with the controller's times. A phase that fails is not noted. */
export async function phase<T>(a: Attempt, o: PhaseStart, act: () => Promise<T>): Promise<T> {
  const { parts, notes, id: run } = a
  const { name, index = 0 } = o
  a.signal.throwIfAborted()
  notes.step = name
  await parts.emit({ type: 'phase', run, phase: name, index, seconds: o.seconds })
  const start = parts.now()
  const result = await act()
  notes.phases.push({ name, index, start, end: parts.now() })
  await parts.emit({ type: 'phase-end', run, phase: name, index })
  return result
}

/** A phase that counts: nothing of ours talks to a host, nothing is parsed or sent. */
export async function quietPhase(a: Attempt, o: PhaseStart & { readonly seconds: number }): Promise<void> {
  await quiet(a, () => phase(a, o, () => a.parts.sleep(o.seconds, a.signal)))
}

async function quiet(a: Attempt, act: () => Promise<void>): Promise<void> {
  a.parts.sink?.pause()
  try {
    await Promise.all([...a.target.hosts.values()].map(host => host.hush()))
    await act()
  } finally {
    a.parts.sink?.resume()
  }
}

/** All windows of a run, back to back: the end of one is the start of the next, to the microsecond. */
export async function windows(a: Attempt): Promise<void> {
  const { parts, notes, id: run, plan } = a
  const seconds = plan.protocol.durations.window
  await quiet(a, async () => {
    let edge = parts.now()
    for (let index = 0; index < plan.protocol.windows; index += 1) {
      notes.step = 'window'
      await parts.emit({ type: 'phase', run, phase: 'window', index, seconds })
      if (index === 0) edge = parts.now()
      await parts.sleep(Math.max(0, seconds + (edge - parts.now()) / 1e6), a.signal)
      const end = parts.now()
      notes.phases.push({ name: 'window', index, start: edge, end })
      await parts.emit({ type: 'phase-end', run, phase: 'window', index })
      edge = end
    }
  })
}
