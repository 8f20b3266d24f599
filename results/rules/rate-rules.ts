import type { RunFacts, WindowLoad } from './facts.ts'
import { knownOnlyIf, type Look, largest, NOT_APPLICABLE, NOT_KNOWN, type Rule } from './rule.ts'

/** SPECpower_ssj2008, run rules: delivered load within 2 % of the target load. */
const SHARE = 0.02
/** Work that may end on the other side of an edge: of a short stretch it is more than 2 %. */
const SECONDS = 0.5
/** Standard deviations of a Poisson count that are chance: in a window, and in each of its tenths, of which there are many. */
const CHANCE = { window: 3, tenth: 5 } as const

type AskedLoad = WindowLoad & { readonly asked: NonNullable<WindowLoad['asked']> }
const hasRate = (load: WindowLoad): load is AskedLoad => load.asked !== null

/** Share by which a count may be off over some seconds: 2 % or half a second of work, and the noise of counting. */
function allowed({ asked }: AskedLoad, seconds: number, deviations: number): number {
  const count = asked.unitsPerSecond * seconds
  const noise = asked.arrivals === 'random' ? deviations / Math.sqrt(count) : 2 / count
  return Math.max(SHARE, SECONDS / seconds) + noise
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

function overWindow(load: AskedLoad): { readonly deviation: number | null; readonly look: Look } {
  if (load.tenths === null) return { deviation: null, look: NOT_KNOWN }
  const asked = load.asked.unitsPerSecond
  const delivered = sum(load.tenths) / load.seconds
  const deviation = Math.abs(delivered / asked - 1)
  const most = allowed(load, load.seconds, CHANCE.window)
  const breach = { window: load.window, values: { asked, delivered, deviation, allowed: most } }
  return { deviation, look: { value: deviation, breaches: deviation > most ? [breach] : [] } }
}

/** Tenths that have too little or too much work; without a rate those that have none. */
function unevenTenths(load: WindowLoad): Look['breaches'] {
  const seconds = load.seconds / 10
  return (load.tenths ?? []).flatMap((units, i): Look['breaches'] => {
    const at = { window: load.window }
    if (!hasRate(load))
      return units > 0
        ? []
        : [{ ...at, values: { tenth: i + 1, units, asked: null, deviation: null, allowed: null } }]
    const asked = load.asked.unitsPerSecond * seconds
    const deviation = Math.abs(units / asked - 1)
    const most = allowed(load, seconds, CHANCE.tenth)
    return deviation > most
      ? [{ ...at, values: { tenth: i + 1, units, asked, deviation, allowed: most } }]
      : []
  })
}

const known = (loads: readonly WindowLoad[]): boolean =>
  loads.length > 0 && loads.every(load => load.tenths !== null)

/** Rules about the load: was it there all the time, and was it as much as was asked for? */
export const RATE_RULES: readonly Rule[] = [
  {
    id: 'JM-L3a',
    title: 'over a window the load had the rate that was asked for',
    effect: 'invalid',
    code: 'LOAD_RATE',
    limit: '2 % or 0.5 s of work, and counting noise',
    unit: '',
    look: ({ work, load }: RunFacts): Look => {
      if (!work.expected || (load.length > 0 && !load.some(hasRate))) return NOT_APPLICABLE
      const looks = load.filter(hasRate).map(overWindow)
      return knownOnlyIf(known(load), {
        value: largest(looks.map(l => l.deviation)),
        breaches: looks.flatMap(l => l.look.breaches),
      })
    },
  },
  {
    id: 'JM-L3b',
    title: 'in every tenth of a window the load was there: at its rate, where it has one',
    effect: 'invalid',
    code: 'LOAD_UNEVEN',
    limit: 0,
    unit: 'tenths',
    look: ({ work, load }: RunFacts): Look => {
      if (!work.expected) return NOT_APPLICABLE
      const breaches = load.flatMap(unevenTenths)
      return knownOnlyIf(known(load), { value: known(load) ? breaches.length : null, breaches })
    },
  },
]
