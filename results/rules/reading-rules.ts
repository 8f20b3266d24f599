import type { RecordingFacts, WindowCoverage } from './facts.ts'
import { type Look, largest, type Rule } from './rule.ts'

const MOST_INTERVALS = 3
const MOST_SHARE = 0.01
/** A reading that comes half an interval late is late, not missing. */
const LATENESS = 0.5

const gapValues = (c: WindowCoverage): Look['breaches'][number] => ({
  host: c.host,
  collector: c.collector,
  window: c.window,
  values: {
    host: c.host,
    collector: c.collector,
    gapSeconds: c.gapSeconds,
    gapShare: c.gapShare,
    longestIntervals: c.longestIntervals,
    broken: c.broken,
  },
})

const recordingEnded = (r: RecordingFacts): Look['breaches'][number] => ({
  host: r.host,
  values: { host: r.host, part: r.part, reason: r.reason, bytes: r.bytes },
})

/** Rules about readings: is there one wherever a figure needs it? */
export const READING_RULES: readonly Rule[] = [
  {
    id: 'JM-P3a',
    title: 'no reading is missing for more than 3 intervals, and every counter goes through',
    effect: 'invalid',
    code: 'GAP',
    limit: MOST_INTERVALS,
    unit: 'reading intervals',
    look: ({ coverages }) => ({
      value: largest(coverages.map(c => c.longestIntervals)),
      breaches: coverages
        .filter(
          c => c.broken || (c.longestIntervals !== null && c.longestIntervals > MOST_INTERVALS + LATENESS),
        )
        .map(gapValues),
    }),
  },
  {
    id: 'JM-P3b',
    title: 'gaps are at most 1 % of the window',
    effect: 'invalid',
    code: 'GAP',
    limit: MOST_SHARE,
    unit: 'share of the window',
    look: ({ coverages }) => ({
      value: largest(coverages.map(c => c.gapShare)),
      breaches: coverages.filter(c => c.gapShare > MOST_SHARE).map(gapValues),
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
    id: 'JM-R1',
    title: 'the recorder ran until it was stopped, and its recording is whole',
    effect: 'invalid',
    code: 'RECORDER_DIED',
    limit: 0,
    unit: 'recordings',
    look: ({ recordings }) => {
      const died = recordings.filter(r => r.end === 'died')
      return { value: died.length, breaches: died.map(recordingEnded) }
    },
  },
  {
    id: 'JM-R2',
    title: 'the buffer of the recorder was never full',
    effect: 'invalid',
    code: 'RECORDER_FULL',
    limit: 0,
    unit: 'recordings',
    look: ({ recordings }) => {
      const full = recordings.filter(r => r.end === 'full')
      return { value: full.length, breaches: full.map(recordingEnded) }
    },
  },
  {
    id: 'JM-R3',
    title: '99 of 100 readings are late by less than half an interval',
    effect: 'note',
    code: 'LATE_READINGS',
    limit: LATENESS,
    unit: 'reading intervals',
    look: ({ recordings }) => ({
      value: largest(recordings.map(intervalsLate)),
      breaches: recordings
        .filter(r => (intervalsLate(r) ?? 0) > LATENESS)
        .map(r => ({ host: r.host, values: { host: r.host, p99Micros: r.latenessP99Micros, part: r.part } })),
    }),
  },
]

const intervalsLate = (r: RecordingFacts): number | null =>
  r.latenessP99Micros === null ? null : r.latenessP99Micros / r.intervalMicros
