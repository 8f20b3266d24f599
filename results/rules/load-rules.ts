import type { RunFacts } from './facts.ts'
import type { Rule } from './rule.ts'

const FAILED_LIMIT = 0.001

/** Share of the work that failed; null: there was none, or it is not known. */
export function failedShare({ work }: Pick<RunFacts, 'work'>): number | null {
  if (work.done === null || work.failed === null) return null
  const all = work.done + work.failed
  return all > 0 ? work.failed / all : null
}

/** Rules about the load: was the work done, and was it the load that was asked for? */
export const LOAD_RULES: readonly Rule[] = [
  {
    id: 'JM-C1',
    title: 'the run got to its end',
    effect: 'invalid',
    code: 'ABORTED',
    limit: null,
    unit: '',
    look: ({ aborted }) => ({
      value: aborted === null ? 'complete' : aborted.phase,
      breaches: aborted === null ? [] : [{ phase: aborted.phase, values: { ...aborted } }],
    }),
  },
  {
    id: 'JM-L5',
    title: 'at most 0.1 % of the work failed',
    effect: 'invalid',
    code: 'WORK_FAILED',
    limit: FAILED_LIMIT,
    unit: 'share of the work',
    look: facts => {
      const share = failedShare(facts)
      const { done, failed } = facts.work
      return {
        value: share,
        breaches: share !== null && share > FAILED_LIMIT ? [{ values: { failed, done, share } }] : [],
      }
    },
  },
  {
    id: 'JM-L6',
    title: 'the load left a record of work done in the windows',
    effect: 'invalid',
    code: 'WORK_ABSENT',
    limit: null,
    unit: '',
    look: ({ work, aborted }) => {
      // A run that was aborted has said already why there is no work.
      if (!work.expected || aborted !== null) return { value: null, breaches: [] }
      const reason = work.absent ?? (work.done === 0 ? 'nothing was done in the windows' : null)
      return { value: work.done, breaches: reason === null ? [] : [{ values: { reason } }] }
    },
  },
  {
    id: 'JM-L7',
    title: 'the load ended as it should',
    effect: 'invalid',
    code: 'LOAD_EXIT',
    limit: null,
    unit: 'exit code',
    look: ({ badExits }) => {
      const code = badExits[0]?.values['exitCode']
      return {
        value: typeof code === 'number' ? code : null,
        breaches: badExits.map(({ host, values }) => ({ ...(host === undefined ? {} : { host }), values })),
      }
    },
  },
  {
    id: 'JM-L4',
    title: 'the load generator dropped nothing that was due',
    effect: 'invalid',
    code: 'LOAD_DROPPED',
    limit: 0,
    unit: 'units of work',
    look: ({ load: { dropped } }) => ({
      value: dropped,
      breaches: dropped !== null && dropped > 0 ? [{ values: { dropped } }] : [],
    }),
  },
  {
    id: 'JM-L9',
    title: 'answers that were checked were right',
    effect: 'invalid',
    code: 'CORRECTNESS',
    limit: 0,
    unit: 'answers',
    look: ({ load: { checked, wrong } }) => ({
      value: wrong,
      breaches: wrong !== null && wrong > 0 ? [{ values: { checked, wrong } }] : [],
    }),
  },
  {
    id: 'JM-L8',
    title: 'the load generator had virtual users to spare',
    effect: 'note',
    code: 'VU_CEILING',
    limit: null,
    unit: 'virtual users',
    look: ({ load: { vuUsed, vuMax } }) => ({
      value: vuUsed,
      breaches:
        vuUsed !== null && vuMax !== null && vuUsed >= vuMax
          ? [{ values: { used: vuUsed, max: vuMax } }]
          : [],
    }),
  },
]
