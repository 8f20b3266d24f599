import { seeded } from '../harness/model/random.ts'

/**
 * The same numbers as harness/model/random.ts (sfc32), 0 … 2^32 − 1, from a function that keeps its state: for making megabytes.
 * Integer arithmetic only, so equal seeds give equal bytes on every machine.
 */
export function fastRandom(seed: number): () => number {
  let [a, b, c, counter] = seeded(seed)
  return () => {
    const value = (a + b + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = (b ^ (b >>> 9)) >>> 0
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + value) >>> 0
    return value
  }
}
