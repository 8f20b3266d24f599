import type { SourceKind } from '../../harness/model/evidence.ts'
import type { RunFacts } from './facts.ts'
import { type Look, NOT_APPLICABLE, NOT_KNOWN, type Rule } from './rule.ts'

const kindLook =
  (kind: SourceKind) =>
  ({ evidence }: RunFacts): Look =>
    evidence === null
      ? NOT_KNOWN
      : {
          value: evidence.kind,
          breaches:
            evidence.kind === kind ? [{ values: { source: evidence.source, scope: evidence.scope } }] : [],
        }

/** Rules about what the figure of energy is worth. */
export const EVIDENCE_RULES: readonly Rule[] = [
  {
    id: 'JM-P9',
    title: 'energy is measured, not modelled',
    effect: 'unranked',
    code: 'SOURCE_MODEL',
    limit: null,
    unit: '',
    look: kindLook('model'),
  },
  {
    id: 'JM-P10',
    title: 'energy is real, not synthetic',
    effect: 'unranked',
    code: 'SOURCE_SYNTHETIC',
    limit: null,
    unit: '',
    look: kindLook('synthetic'),
  },
  {
    id: 'JM-P11',
    title: 'the power model stays within its data, and can use what was stated of the machine',
    effect: 'note',
    code: 'MODEL_EXTRAPOLATED',
    limit: null,
    unit: '',
    look: ({ evidence, extrapolated }) =>
      evidence?.kind === 'model'
        ? {
            value: extrapolated.length,
            breaches: extrapolated.map(({ host, reason }) => ({ host, values: { host, reason } })),
          }
        : NOT_APPLICABLE,
  },
  {
    id: 'JM-P12',
    title: 'energy in a window rests on no counter that is stuck, was reset, or stands for another socket',
    effect: 'invalid',
    code: 'COUNTER_UNTRUE',
    limit: 0,
    unit: 'counters',
    look: ({ evidence, untrue }) =>
      evidence === null
        ? NOT_KNOWN
        : evidence.kind === 'model'
          ? NOT_APPLICABLE
          : { value: untrue.length, breaches: [...untrue] },
  },
  {
    id: 'JM-S1',
    title: 'phases are as long, and runs as many, as the standard profile asks for',
    effect: 'unranked',
    code: 'PROFILE_QUICK',
    limit: 'standard',
    unit: 'profile',
    look: ({ profile: { name, ranked, asPlanned } }) => ({
      value: !asPlanned
        ? `${name}, not as planned`
        : ranked || name === 'quick'
          ? name
          : `${name}, shortened`,
      breaches: ranked && asPlanned ? [] : [{ values: { profile: name } }],
    }),
  },
]
