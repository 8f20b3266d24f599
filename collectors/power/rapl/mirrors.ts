/** So many equal differences in a row of two zones can't be chance: units are 61 µJ or less, a second has about a million of them. */
const ENOUGH = 10
/** The register may be updated between the reading of one zone and of its mirror. */
const SHARE = 0.9

/**
 * Watches for zones that show one register: some AMD processors give each die of a socket a zone, and all of them the socket's energy.
 * Differences are compared tick by tick; ticks in which both are 0 tell nothing.
 */
export interface MirrorWatch {
  /** µJ of each zone in this tick, by name; null: not known. */
  tick(differences: ReadonlyMap<string, number | null>): void
  /** Zone → the zone it mirrors (the first by name). */
  mirrors(): ReadonlyMap<string, string>
}

export function newMirrorWatch(names: readonly string[]): MirrorWatch {
  const pairs = names.flatMap((of, i) =>
    names.slice(i + 1).map(name => ({ of, name, equal: 0, compared: 0 })),
  )
  return {
    tick(differences) {
      for (const pair of pairs) {
        const a = differences.get(pair.of) ?? null
        const b = differences.get(pair.name) ?? null
        if (a === null || b === null || (a === 0 && b === 0)) continue
        pair.compared += 1
        if (a === b) pair.equal += 1
      }
    },
    mirrors() {
      const found = new Map<string, string>()
      for (const { of, name, equal, compared } of pairs) {
        if (equal >= ENOUGH && equal >= SHARE * compared && !found.has(of) && !found.has(name))
          found.set(name, of)
      }
      return found
    },
  }
}
