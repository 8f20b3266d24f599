import type { ClockFacts } from './facts.ts'
import { type Look, largest, type Rule } from './rule.ts'

const CLOCK_LIMIT_MS = 400
const STEAL_LIMIT = 0.02

function clockLook(clocks: readonly ClockFacts[], of: 'offsetMs' | 'stepMs'): Look {
  return {
    value: largest(clocks.map(clock => absolute(clock[of]))),
    breaches: clocks
      .filter(clock => clock[of] === null || Math.abs(clock[of]) > CLOCK_LIMIT_MS)
      .map(({ host, ...clock }) => ({ host, values: { host, [of]: clock[of] } })),
  }
}

const absolute = (ms: number | null): number | null => (ms === null ? null : Math.abs(ms))

/** Rules about machines and their clocks: are they what they were, and ours alone? */
export const MACHINE_RULES: readonly Rule[] = [
  {
    id: 'JM-T1a',
    title: 'clocks of hosts are within 400 ms of the controller’s',
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
    look: ({ bootChanged }) => ({
      value: bootChanged.length,
      breaches: bootChanged.map(host => ({ host, values: { host } })),
    }),
  },
  {
    id: 'JM-T6',
    title: 'no machine stands still',
    effect: 'invalid',
    code: 'SUSPENDED',
    limit: 0,
    unit: 's',
    look: ({ suspended }) => ({
      value: largest(suspended.map(s => s.seconds)) ?? 0,
      breaches: suspended.map(({ host, seconds }) => ({ host, values: { host, seconds } })),
    }),
  },
  {
    id: 'JM-B4',
    title: 'neighbours take at most 2 % of CPU time',
    effect: 'unranked',
    code: 'STEAL',
    limit: STEAL_LIMIT,
    unit: 'share of CPU time',
    look: ({ steal }) => ({
      value: largest(steal.map(s => s.share)),
      breaches: steal
        .filter(s => s.share > STEAL_LIMIT)
        .map(({ host, window, share }) => ({ host, window, values: { host, steal: share } })),
    }),
  },
  {
    id: 'JM-B6',
    title: 'every host is a machine of its own',
    effect: 'unranked',
    code: 'SHARED_KERNEL',
    limit: 0,
    unit: 'hosts on one machine',
    look: ({ sharedKernel }) => ({
      value: largest(sharedKernel.map(hosts => hosts.length)) ?? 0,
      breaches: sharedKernel.map(hosts => ({ values: { hosts: hosts.join(', ') } })),
    }),
  },
  {
    id: 'JM-B7',
    title: 'the load generator is on another machine',
    effect: 'unranked',
    code: 'LOADGEN_SHARED',
    limit: null,
    unit: '',
    look: ({ sharedLoadgen }) => ({
      value: sharedLoadgen === null ? 'no' : 'yes',
      breaches: sharedLoadgen === null ? [] : [{ host: sharedLoadgen, values: { host: sharedLoadgen } }],
    }),
  },
  {
    id: 'JM-E2',
    title: 'the machines are after the run what they were before',
    effect: 'note',
    code: 'ENVIRONMENT_CHANGED',
    limit: 0,
    unit: 'facts',
    look: ({ changes }) => ({
      value: changes.length,
      breaches: changes.map(change => ({ host: change.host, values: { ...change } })),
    }),
  },
]
