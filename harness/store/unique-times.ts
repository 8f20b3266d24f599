/**
 * Tells whether a series was given a time before. Exact, also when the wall clock steps back; bounded: the series of a host are read at the same ticks,
 * so that a tick is kept once per host and a series costs one bit per tick.
 */
export interface UniqueTimes {
  /** False when the series had that time already; remembers it. */
  take(host: string, series: string, time: number): boolean
  /** Number of different series seen. */
  series(): number
}

export function uniqueTimes(): UniqueTimes {
  const ticks = new Map<string, Map<number, number>>()
  const taken = new Map<string, Uint32Array>()

  function tickOf(host: string, time: number): number {
    let times = ticks.get(host)
    if (times === undefined) ticks.set(host, (times = new Map()))
    let tick = times.get(time)
    if (tick === undefined) times.set(time, (tick = times.size))
    return tick
  }

  function bitsFor(series: string, tick: number): Uint32Array {
    const word = tick >>> 5
    const bits = taken.get(series)
    if (bits !== undefined && word < bits.length) return bits
    const grown = new Uint32Array(Math.max(8, word + 1, (bits?.length ?? 0) * 2))
    if (bits !== undefined) grown.set(bits)
    taken.set(series, grown)
    return grown
  }

  return {
    take(host, series, time) {
      const tick = tickOf(host, time)
      const bits = bitsFor(series, tick)
      const word = bits[tick >>> 5] ?? 0
      const bit = 1 << (tick & 31)
      if ((word & bit) !== 0) return false
      bits[tick >>> 5] = word | bit
      return true
    },
    series: () => taken.size,
  }
}
