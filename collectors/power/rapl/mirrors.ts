import type { Zone } from './zones.ts'

/** µJ that a comparison needs: 800 and more of the units that zones count in (61 µJ or less). */
const LEAST = 50_000
/** How far apart the zones of one tick are read, s, and how much more than its mean a package may draw in that time. */
const APART_SECONDS = 0.02
const MARGIN = 2
/** Lead of one answer over the other that decides. */
const DECIDED = 4

/**
 * Watches for zones that show one register: some AMD processors give each die of a socket a zone, and all of them the socket's energy.
 * Zones of one kind are compared pair by pair, in steps of at least LEAST.
 *
 * A sequential test with two answers (a random walk of equal against unequal steps). Two registers agree by chance in a step of 800 units
 * or more in at most one case of 40, if their power differs by no more than 5 % or so from step to step; four such steps more than
 * others: (1/39)^4 = 4e-7. One register read twice differs when it is updated in between, in at most one case of 10; four such steps
 * more than equal ones: (1/9)^4 = 2e-4. A difference that no time between two reads explains counts twice.
 */
export interface MirrorWatch {
  /** µJ of each zone in this tick, by name; null: not known. seconds: since the tick before. */
  tick(differences: ReadonlyMap<string, number | null>, seconds: number): void
  /** Whether the zone has a register of its own. The first of those that share one has, by name. */
  verdict(name: string): Verdict
}

/** undecided: `of` may be the same register, it can't be said yet. */
export type Verdict = { readonly is: 'own' } | { readonly is: 'mirror' | 'undecided'; readonly of: string }

interface Pair {
  readonly of: string
  readonly name: string
  a: number
  b: number
  seconds: number
  /** Equal steps less unequal ones; held once it has come to ±DECIDED. */
  lead: number
}

export function newMirrorWatch(zones: readonly Zone[]): MirrorWatch {
  const pairs = zones.flatMap((of, i) =>
    zones
      .slice(i + 1)
      .filter(zone => zone.kind === of.kind)
      .map((zone): Pair => ({ of: of.name, name: zone.name, a: 0, b: 0, seconds: 0, lead: 0 })),
  )
  const settled = new Map<string, Verdict>()
  return {
    tick(differences, seconds) {
      for (const pair of pairs) {
        if (Math.abs(pair.lead) < DECIDED)
          compare(pair, differences.get(pair.of) ?? null, differences.get(pair.name) ?? null, seconds)
      }
    },
    verdict(name) {
      const known = settled.get(name)
      if (known !== undefined) return known
      const verdict = verdictOf(pairs.filter(pair => pair.name === name))
      if (verdict.is !== 'undecided') settled.set(name, verdict)
      return verdict
    },
  }
}

function compare(pair: Pair, a: number | null, b: number | null, seconds: number): void {
  const known = a !== null && b !== null
  pair.a = known ? pair.a + a : 0
  pair.b = known ? pair.b + b : 0
  pair.seconds = known ? pair.seconds + seconds : 0
  const most = Math.max(pair.a, pair.b)
  if (most < LEAST) return
  const unequal = Math.abs(pair.a - pair.b)
  const explained = (MARGIN * most * APART_SECONDS) / pair.seconds
  pair.lead += unequal === 0 ? 1 : unequal > explained ? -2 : -1
  pair.a = 0
  pair.b = 0
  pair.seconds = 0
}

function verdictOf(pairs: readonly Pair[]): Verdict {
  const mirror = pairs.find(pair => pair.lead >= DECIDED)
  if (mirror !== undefined) return { is: 'mirror', of: mirror.of }
  const open = pairs.find(pair => pair.lead > -DECIDED)
  return open === undefined ? { is: 'own' } : { is: 'undecided', of: open.of }
}
