import type { RunFacts, WindowCoverage } from './facts.ts'
import { knownOnlyIf, type Look, largest, NOT_APPLICABLE, NOT_KNOWN, type Rule } from './rule.ts'

/** Three, and half a one: a reading that comes half an interval late is late, not missing. */
const MOST_INTERVALS = 3.5
const MOST_SHARE = 0.01

const tooLong = (c: WindowCoverage): boolean =>
  c.broken || (c.longestIntervals !== null && c.longestIntervals > MOST_INTERVALS)
const tooMuch = (c: WindowCoverage): boolean => c.gapShare > MOST_SHARE

/** Whether a figure may rest on these readings: what the rules ask of a window, as one answer. */
export const wellCovered = (coverages: readonly WindowCoverage[]): boolean =>
  known(coverages) && coverages.every(c => c.edgesBracketed && !tooLong(c) && !tooMuch(c))

const known = (coverages: readonly WindowCoverage[]): boolean =>
  coverages.length > 0 && coverages.every(c => c.longestIntervals !== null)

const gap = (c: WindowCoverage, more: { phase?: string } = {}): Look['breaches'][number] => ({
  host: c.host,
  collector: c.collector,
  window: c.window,
  ...more,
  values: {
    host: c.host,
    collector: c.collector,
    gapSeconds: c.gapSeconds,
    gapShare: c.gapShare,
    longestIntervals: c.longestIntervals,
    broken: c.broken,
    ...(more.phase === undefined ? {} : { ...more, edges: c.edgesBracketed ? 'closed' : 'open' }),
  },
})

/** A stretch beside the windows: everything that is asked of a window, and what is missing costs a figure, not the run. */
function besideLook(coverages: readonly WindowCoverage[], phase: string): Look {
  const bad = coverages.filter(c => !c.edgesBracketed || tooLong(c) || tooMuch(c))
  return knownOnlyIf(known(coverages), {
    value: known(coverages) ? largest(coverages.map(c => c.gapShare)) : null,
    breaches: bad.map(c => gap(c, { phase })),
  })
}

/** Rules about readings: is there one wherever a figure needs it? */
export const COVERAGE_RULES: readonly Rule[] = [
  {
    id: 'JM-P3a',
    title: 'readings are at most 3 intervals apart (and half a one late), and every counter goes through',
    effect: 'invalid',
    code: 'GAP',
    limit: MOST_INTERVALS,
    unit: 'reading intervals',
    look: ({ coverages }) =>
      knownOnlyIf(known(coverages), {
        value: largest(coverages.map(c => c.longestIntervals)),
        breaches: coverages.filter(tooLong).map(c => gap(c)),
      }),
  },
  {
    id: 'JM-P3b',
    title: 'readings are missing for at most 1 % of the window',
    effect: 'invalid',
    code: 'GAP',
    limit: MOST_SHARE,
    unit: 'share of the window',
    look: ({ coverages }) =>
      knownOnlyIf(known(coverages), {
        value: largest(coverages.map(c => c.gapShare)),
        breaches: coverages.filter(tooMuch).map(c => gap(c)),
      }),
  },
  {
    id: 'JM-T2',
    title: 'both edges of every window lie between two readings',
    effect: 'invalid',
    code: 'EDGE_MISSING',
    limit: 0,
    unit: 'windows',
    look: ({ coverages }) => {
      if (coverages.length === 0) return NOT_KNOWN
      const missing = coverages.filter(c => !c.edgesBracketed)
      return {
        value: missing.length,
        breaches: missing.map(({ host, collector, window }) => ({
          host,
          collector,
          window,
          values: { host, collector, window },
        })),
      }
    },
  },
  {
    id: 'JM-P3c',
    title: 'readings cover the baseline as they do a window; else nothing is said above baseline',
    effect: 'note',
    code: 'GAP',
    limit: MOST_SHARE,
    unit: 'share of the baseline',
    look: ({ evidence, baseline }: RunFacts) =>
      evidence === null ? NOT_APPLICABLE : besideLook(baseline, 'baseline'),
  },
  {
    id: 'JM-P3d',
    title: 'readings cover the windows on the load generator’s own machine; else its energy is not given',
    effect: 'note',
    code: 'GAP',
    limit: MOST_SHARE,
    unit: 'share of the window',
    look: ({ outside }: RunFacts) => (outside === null ? NOT_APPLICABLE : besideLook(outside, 'window')),
  },
]
