import type { RunFacts } from './facts.ts'
import { type Look, NOT_APPLICABLE, NOT_KNOWN, type Rule } from './rule.ts'

const FAILED_LIMIT = 0.001

/** Share of the work that failed; null: there was none, or it is not known. */
export function failedShare({ work }: Pick<RunFacts, 'work'>): number | null {
  if (work.done === null || work.failed === null) return null
  const all = work.done + work.failed
  return all > 0 ? work.failed / all : null
}

/** Of what there should be none. */
const countLook = (count: number | null, values: Look['breaches'][number]['values']): Look =>
  count === null ? NOT_KNOWN : { value: count, breaches: count > 0 ? [{ values }] : [] }

/** Rules about the load: was the work done, and did the load say so? */
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
      const { done, failed, expected } = facts.work
      if (!expected) return NOT_APPLICABLE
      if (share === null) return NOT_KNOWN
      return {
        value: share,
        breaches: share > FAILED_LIMIT ? [{ values: { failed, done, share } }] : [],
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
      if (!work.expected) return NOT_APPLICABLE
      // A run that was aborted has said already why there is no work.
      if (aborted !== null) return NOT_KNOWN
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
    look: ({ work, badExits }) => {
      if (!work.expected) return NOT_APPLICABLE
      if (work.absent !== null && badExits.length === 0) return NOT_KNOWN
      const code = badExits[0]?.values['exitCode']
      return {
        value: badExits.length === 0 ? 'good' : typeof code === 'number' ? code : null,
        breaches: badExits.map(({ host, values }) => ({ ...(host === undefined ? {} : { host }), values })),
      }
    },
  },
  {
    id: 'JM-L4',
    title: 'the load generator dropped nothing that was due, from warm-up to the end of the load',
    effect: 'invalid',
    code: 'LOAD_DROPPED',
    limit: 0,
    unit: 'units of work',
    look: ({ work, load, tool: { dropped } }) => {
      // Load that goes as fast as it can has nothing that is due.
      if (!work.expected || (load.length > 0 && load.every(l => l.asked === null))) return NOT_APPLICABLE
      return countLook(dropped, { dropped })
    },
  },
  {
    id: 'JM-L9',
    title: 'answers were checked in every window, and all that were checked were right',
    effect: 'invalid',
    code: 'CORRECTNESS',
    limit: 0,
    unit: 'answers',
    look: ({ work, load, tool: { checked, wrong } }) => {
      if (!work.expected) return NOT_APPLICABLE
      const look = countLook(wrong, { checked, wrong })
      const unchecked = checked === null || checked === 0 || load.some(l => l.checked === 0)
      return unchecked ? { ...NOT_KNOWN, breaches: look.breaches } : look
    },
  },
  {
    id: 'JM-L8',
    title: 'the load generator had virtual users to spare',
    effect: 'note',
    code: 'VU_CEILING',
    limit: null,
    unit: 'virtual users',
    look: ({ tool: { vuUsed, vuMax } }) => {
      if (vuMax === null) return NOT_APPLICABLE
      if (vuUsed === null) return NOT_KNOWN
      return { value: vuUsed, breaches: vuUsed >= vuMax ? [{ values: { used: vuUsed, max: vuMax } }] : [] }
    },
  },
]
