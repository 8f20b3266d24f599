import type { ForeignShare, RunFacts } from './facts.ts'
import { knownOnlyIf, type Look, largest, NOT_APPLICABLE, NOT_KNOWN, type Rule } from './rule.ts'

const STEAL_LIMIT = 0.02
/** Ours. Ticks of the kernel's accounting and its own work for the workload (interrupts) stay below it on a machine left alone. */
const FOREIGN_LIMIT = 0.05
/** Facts that decide how much power a machine takes for the same work. */
const GRAVE: ReadonlySet<string> = new Set([
  'kernel',
  'cpu.governor',
  'cpu.turbo',
  'cpu.model',
  'cpu.threads',
])

/** Services that took more than the whole machine was busy are counted elsewhere: then nothing can be said of the rest. */
const foreignKnown = ({ share }: ForeignShare): boolean => share !== null && share >= -FOREIGN_LIMIT

function foreignLook(foreign: readonly ForeignShare[]): Look {
  return knownOnlyIf(foreign.length > 0 && foreign.every(foreignKnown), {
    value: largest(foreign.map(f => f.share)),
    breaches: foreign
      .filter(f => f.share !== null && f.share > FOREIGN_LIMIT)
      .map(({ host, phase, window, share }) => ({ host, phase, window, values: { host, phase, share } })),
  })
}

function changesLook(changes: RunFacts['changes'], of: (fact: string) => boolean): Look {
  if (changes === null) return NOT_KNOWN
  const mine = changes.filter(change => of(change.fact))
  return {
    value: mine.length,
    breaches: mine.map(change => ({ host: change.host, values: { ...change } })),
  }
}

/** Rules about machines: are they what they were, and ours alone? */
export const MACHINE_RULES: readonly Rule[] = [
  {
    id: 'JM-B4',
    title: 'neighbours take at most 2 % of CPU time',
    effect: 'unranked',
    code: 'STEAL',
    limit: STEAL_LIMIT,
    unit: 'share of CPU time',
    look: ({ steal }) =>
      knownOnlyIf(steal.length > 0 && steal.every(s => s.share !== null), {
        value: largest(steal.map(s => s.share)),
        breaches: steal
          .filter(s => s.share !== null && s.share > STEAL_LIMIT)
          .map(({ host, window, share }) => ({ host, window, values: { host, steal: share } })),
      }),
  },
  {
    id: 'JM-B8a',
    title: 'in a window at most 5 % of the machine’s CPU time goes to what is neither workload nor recorder',
    effect: 'unranked',
    code: 'NOISY',
    limit: FOREIGN_LIMIT,
    unit: 'share of CPU time',
    look: ({ foreign }) => foreignLook(foreign.filter(f => f.phase === 'window')),
  },
  {
    id: 'JM-B8b',
    title: 'in baseline and idle the machine is quiet: at most 5 % of its CPU time goes to anything else',
    effect: 'unranked',
    code: 'NOISY',
    limit: FOREIGN_LIMIT,
    unit: 'share of CPU time',
    look: ({ foreign }) => foreignLook(foreign.filter(f => f.phase !== 'window')),
  },
  {
    id: 'JM-B6',
    title: 'every host is a machine of its own',
    effect: 'unranked',
    code: 'SHARED_KERNEL',
    limit: 0,
    unit: 'hosts on one machine',
    look: ({ sharedKernel }) =>
      sharedKernel === null
        ? NOT_KNOWN
        : {
            value: largest(sharedKernel.map(hosts => hosts.length)) ?? 0,
            breaches: sharedKernel.map(hosts => ({ values: { hosts: hosts.join(', ') } })),
          },
  },
  {
    id: 'JM-B7',
    title: 'the load generator is on another machine',
    effect: 'unranked',
    code: 'LOADGEN_SHARED',
    limit: null,
    unit: '',
    look: ({ loadgen }) => {
      if (loadgen === null) return NOT_APPLICABLE
      const { host, shared } = loadgen
      return { value: shared ? 'no' : 'yes', breaches: shared ? [{ host, values: { host } }] : [] }
    },
  },
  {
    id: 'JM-E2a',
    title: 'kernel, CPU, its governor and turbo are after the run what they were before',
    effect: 'invalid',
    code: 'ENVIRONMENT_CHANGED',
    limit: 0,
    unit: 'facts',
    look: ({ changes }) => changesLook(changes, fact => GRAVE.has(fact)),
  },
  {
    id: 'JM-E2b',
    title: 'everything else about the machines is after the run what it was before',
    effect: 'note',
    code: 'ENVIRONMENT_CHANGED',
    limit: 0,
    unit: 'facts',
    look: ({ changes }) => changesLook(changes, fact => !GRAVE.has(fact)),
  },
]
