/**
 * State of a generator as data: equal states give equal numbers, for ever. sfc32 of Chris Doty-Humphrey's PractRand 0.94
 * ("small fast chaotic", 32 bit words a, b, c and a counter); public domain. Not for secrets.
 */
export type RandomState = readonly [a: number, b: number, c: number, counter: number]

/** A state from a seed: a non-negative safe integer, its low and high word both used. Twelve rounds are thrown away, as PractRand does. */
export function seeded(seed: number): RandomState {
  let state: RandomState = [0, seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 1]
  for (let round = 0; round < 12; round += 1) state = next(state).state
  return state
}

/** The next integer, 0 … 2^32 − 1, and the state after it. */
export function next([a, b, c, counter]: RandomState): {
  readonly value: number
  readonly state: RandomState
} {
  const value = (a + b + counter) >>> 0
  const turned = ((c << 21) | (c >>> 11)) >>> 0
  return {
    value,
    state: [(b ^ (b >>> 9)) >>> 0, (c + (c << 3)) >>> 0, (turned + value) >>> 0, (counter + 1) >>> 0],
  }
}

/** An integer, 0 … limit − 1, every one equally likely (values that would favour the small ones are drawn again). limit: 1 … 2^32. */
export function below(
  state: RandomState,
  limit: number,
): { readonly value: number; readonly state: RandomState } {
  const fair = 2 ** 32 - (2 ** 32 % limit)
  let drawn = next(state)
  while (drawn.value >= fair) drawn = next(drawn.state)
  return { value: drawn.value % limit, state: drawn.state }
}

/** A new array with the same items in an order drawn from the state (Fisher and Yates; Knuth, TAOCP vol. 2, 3.4.2, algorithm P). */
export function shuffle<T>(
  items: readonly T[],
  state: RandomState,
): { readonly items: readonly T[]; readonly state: RandomState } {
  const pool = [...items]
  const drawn: T[] = []
  let now = state
  while (pool.length > 0) {
    const pick = below(now, pool.length)
    drawn.push(...pool.splice(pick.value, 1))
    now = pick.state
  }
  return { items: drawn, state: now }
}
