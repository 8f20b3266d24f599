import { JoulemarkError } from '../../model/error.ts'

/** Lets a bounded number of channels be open at once, and learns the server's own bound from its refusals. */
export interface Turnstile {
  /** Runs `act` when there is room; what it opened must call `release` once it is closed. */
  pass<T>(act: (release: () => void) => Promise<T>): Promise<T>
  limit(): number
}

/** With MaxSessions 1 the server may still be closing the last channel when we ask for the next. */
const RETRIES = 40
const RETRY_MS = 50

export function makeTurnstile(most: number): Turnstile {
  let limit = most
  let inside = 0
  const waiting: (() => void)[] = []
  const letIn = () => {
    while (inside < limit) {
      const next = waiting.shift()
      if (next === undefined) return
      inside += 1
      next()
    }
  }
  const enter = () =>
    new Promise<void>(resolve => {
      waiting.push(resolve)
      letIn()
    })
  const leave = () => {
    let left = false
    return () => {
      if (left) return
      left = true
      inside -= 1
      letIn()
    }
  }

  async function pass<T>(act: (release: () => void) => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried++) {
      await enter()
      const release = leave()
      try {
        return await act(release)
      } catch (error) {
        const others = inside - 1
        if (!isFull(error) || tried >= RETRIES) {
          release()
          throw isFull(error) ? noChannel(error) : error
        }
        // As many as are open is what the server allows; alone, it was too early.
        if (others > 0) limit = Math.max(1, Math.min(limit, others))
        else await new Promise(resolve => setTimeout(resolve, RETRY_MS))
        release()
      }
    }
  }
  return { pass, limit: () => limit }
}

const isFull = (error: unknown) =>
  error instanceof Error && /channel open failure|open failed/i.test(error.message)

const noChannel = (cause: unknown) =>
  new JoulemarkError({
    code: 'no-channel',
    message: 'the SSH server opens no channel for a command',
    exit: 'unreachable',
    hint: 'see MaxSessions of its sshd_config: it must be at least 1',
    cause,
  })
