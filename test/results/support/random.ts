import { next, type RandomState, seeded } from '../../../harness/model/random.ts'

/** Numbers drawn from a seed. */
export interface Draw {
  /** 0 … 1. */
  uniform(): number
  /** Standard normal (Box and Muller). */
  normal(): number
}

export function draw(seed: number): Draw {
  let state: RandomState = seeded(seed)
  const uniform = (): number => {
    const drawn = next(state)
    state = drawn.state
    return (drawn.value + 0.5) / 2 ** 32
  }
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}
