import type { RecordingFacts, RunFacts } from './facts.ts'
import { knownOnlyIf, type Look, largest, NOT_APPLICABLE, type Rule } from './rule.ts'

/** A reading that comes half an interval late is late, not missing. */
const LATENESS = 0.5
/** EE HPC WG, Power Measurement Methodology 2.0: one reading a second; SPEC: 60 in the shortest window. */
const PER_SECOND = 1
const PER_WINDOW = 60

const recordingEnded = (r: RecordingFacts): Look['breaches'][number] => ({
  host: r.host,
  values: { host: r.host, part: r.part, reason: r.reason, bytes: r.bytes },
})

const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values))

/** How many readings there are, for the standard profile: a quick look is unranked anyway. */
const readingsLook =
  (of: 'perSecond' | 'perWindow', limit: number) =>
  ({ profile, readings }: RunFacts): Look =>
    profile.name === 'standard'
      ? knownOnlyIf(readings.length > 0, {
          value: least(readings.map(r => r[of])),
          breaches: readings
            .filter(r => r[of] < limit)
            .map(({ host, window, ...values }) => ({ host, window, values: { host, ...values } })),
        })
      : NOT_APPLICABLE

/** Rules about recorders: did they run, and were they on time? */
export const RECORDING_RULES: readonly Rule[] = [
  {
    id: 'JM-P1a',
    title: 'a reading a second is asked for, in the standard profile',
    effect: 'unranked',
    code: 'READINGS_FEW',
    limit: PER_SECOND,
    unit: 'per second',
    look: readingsLook('perSecond', PER_SECOND),
  },
  {
    id: 'JM-P1b',
    title: '60 readings are asked for in a window, in the standard profile',
    effect: 'unranked',
    code: 'READINGS_FEW',
    limit: PER_WINDOW,
    unit: 'readings',
    look: readingsLook('perWindow', PER_WINDOW),
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
      return knownOnlyIf(recordings.length > 0, {
        value: died.length,
        breaches: died.map(recordingEnded),
      })
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
      return knownOnlyIf(recordings.length > 0, {
        value: full.length,
        breaches: full.map(recordingEnded),
      })
    },
  },
  {
    id: 'JM-R3',
    title: '99 of 100 readings are late by less than half an interval',
    effect: 'note',
    code: 'LATE_READINGS',
    limit: LATENESS,
    unit: 'reading intervals',
    look: ({ recordings }) => {
      const late = recordings.map(intervalsLate)
      return knownOnlyIf(late.length > 0 && !late.includes(null), {
        value: largest(late),
        breaches: recordings
          .filter((_, i) => (late[i] ?? 0) > LATENESS)
          .map(r => ({
            host: r.host,
            values: { host: r.host, p99Micros: r.latenessP99Micros, part: r.part },
          })),
      })
    },
  },
]

const intervalsLate = (r: RecordingFacts): number | null =>
  r.latenessP99Micros === null ? null : r.latenessP99Micros / r.intervalMicros
