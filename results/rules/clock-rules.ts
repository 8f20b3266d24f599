import type { ClockFacts } from './facts.ts'
import { knownOnlyIf, type Look, largest, type Rule } from './rule.ts'

const CLOCK_LIMIT_MS = 400

/** A clock that was never probed is none that could be right. */
function clockLook(clocks: readonly ClockFacts[], of: 'offsetMs' | 'stepMs'): Look {
  return knownOnlyIf(clocks.length > 0, {
    value: largest(clocks.map(clock => absolute(clock[of]))),
    breaches: clocks
      .filter(clock => clock[of] === null || Math.abs(clock[of]) > CLOCK_LIMIT_MS)
      .map(({ host, ...clock }) => ({ host, values: { host, [of]: clock[of] } })),
  })
}

const absolute = (ms: number | null): number | null => (ms === null ? null : Math.abs(ms))

/** Rules about time: did every machine's go on, and together with the controller's? */
export const CLOCK_RULES: readonly Rule[] = [
  {
    id: 'JM-T1a',
    title: 'clocks of hosts are surely within 400 ms of the controller’s, the doubt of the probe counted in',
    effect: 'invalid',
    code: 'CLOCK_OFFSET',
    limit: CLOCK_LIMIT_MS,
    unit: 'ms',
    look: ({ clocks }) => clockLook(clocks, 'offsetMs'),
  },
  {
    id: 'JM-T1b',
    title: 'no clock steps by more than 400 ms',
    effect: 'invalid',
    code: 'CLOCK_STEP',
    limit: CLOCK_LIMIT_MS,
    unit: 'ms',
    look: ({ clocks }) => clockLook(clocks, 'stepMs'),
  },
  {
    id: 'JM-T5',
    title: 'no machine starts anew',
    effect: 'invalid',
    code: 'BOOT_CHANGED',
    limit: 0,
    unit: 'machines',
    look: ({ boots }) => {
      const changed = boots.filter(b => b.changed === true)
      return knownOnlyIf(boots.length > 0 && boots.every(b => b.changed !== null), {
        value: changed.length,
        breaches: changed.map(({ host }) => ({ host, values: { host } })),
      })
    },
  },
  {
    id: 'JM-T6',
    title: 'no machine stands still',
    effect: 'invalid',
    code: 'SUSPENDED',
    limit: 0,
    unit: 's',
    look: ({ suspended }) =>
      knownOnlyIf(suspended.length > 0 && suspended.every(s => s.seconds !== null), {
        value: largest(suspended.map(s => s.seconds)),
        breaches: suspended
          .filter(s => s.seconds !== null && s.seconds > 0)
          .map(({ host, seconds }) => ({ host, values: { host, seconds } })),
      }),
  },
]
