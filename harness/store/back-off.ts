import { next, seeded } from '../model/random.ts'

export interface BackOffLimits {
  /** Delay after the first failure; doubles with each further one. */
  readonly firstSeconds: number
  readonly mostSeconds: number
}

export interface BackOff {
  /** Seconds to wait after one more failure; the server's own wish counts up to the most. */
  failed(wishedSeconds: number | null): number
  succeeded(): void
}

/** Doubling delays between half and the whole of their length, drawn from the seed, so that many controllers don't come at once. */
export function backOff({ firstSeconds, mostSeconds }: BackOffLimits, seed: number): BackOff {
  let random = seeded(seed)
  let failures = 0
  return {
    failed(wishedSeconds) {
      const whole = Math.min(mostSeconds, firstSeconds * 2 ** Math.min(failures, 30))
      failures += 1
      const drawn = next(random)
      random = drawn.state
      const own = whole * (0.5 + drawn.value / 2 ** 33)
      return Math.max(own, Math.min(wishedSeconds ?? 0, mostSeconds))
    },
    succeeded() {
      failures = 0
    },
  }
}
