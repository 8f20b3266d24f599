import { largest, NOT_APPLICABLE, NOT_KNOWN, type Rule } from './rule.ts'

/** Time in which a group wanted to run and its quota was used up, as a part of a window. */
const THROTTLED_LIMIT = 0.01

/** Rules about pods. */
export const CLUSTER_RULES: readonly Rule[] = [
  {
    id: 'JM-K1',
    title: 'every pod of the run lived to the end of the windows',
    effect: 'invalid',
    code: 'POD_LOST',
    limit: 0,
    unit: 'pods lost',
    look: ({ pods }) => {
      if (pods === null) return NOT_APPLICABLE
      if (!pods.looked && pods.lost.length === 0) return NOT_KNOWN
      const breaches = pods.lost.map(({ host, values }) => ({
        ...(host === undefined ? {} : { host }),
        values,
      }))
      return { value: breaches.length, breaches }
    },
  },
  {
    id: 'JM-K2',
    title: 'pods of the load were held back by their CPU limit for at most 1 % of a window',
    effect: 'unranked',
    code: 'LOAD_THROTTLED',
    limit: THROTTLED_LIMIT,
    unit: 'share of the window',
    look: ({ pods, loadgen }) => {
      if (pods === null || loadgen === null) return NOT_APPLICABLE
      const shares = pods.throttled
      if (shares.length === 0 || shares.some(({ share }) => share === null)) return NOT_KNOWN
      return {
        value: largest(shares.map(({ share }) => share)),
        breaches: shares
          .filter(({ share }) => (share ?? 0) > THROTTLED_LIMIT)
          .map(({ host, service, window, share }) => ({ host, window, values: { host, service, share } })),
      }
    },
  },
  {
    id: 'JM-K3',
    title: 'every pod of the load began before the first window',
    effect: 'invalid',
    code: 'POD_LATE',
    limit: 0,
    unit: 's after its begin',
    look: ({ pods, loadgen }) => {
      if (pods === null || loadgen === null) return NOT_APPLICABLE
      if (pods.lateBy === null) return NOT_KNOWN
      return {
        value: pods.lateBy,
        breaches: pods.lateBy > 0 ? [{ values: { seconds: pods.lateBy } }] : [],
      }
    },
  },
]
