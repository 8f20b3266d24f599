import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { whyLost } from '../../../../harness/run/cluster/pods.ts'

const running: V1Pod = {
  status: { phase: 'Running', containerStatuses: [status({ running: {} })] },
}

function status(state: object, more: object = {}) {
  return { name: 'joulemark', image: '', imageID: '', ready: true, restartCount: 0, state, ...more }
}

test('a pod that runs is not lost', () => {
  expect(whyLost(running)).toBeNull()
})

test.each<readonly [string, V1Pod | null, RegExp]>([
  ['is gone', null, /gone/],
  [
    'was evicted for its memory',
    { status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' } },
    /^Evicted$/,
  ],
  [
    'is being evicted by the API',
    {
      metadata: { deletionTimestamp: new Date(0) },
      status: {
        phase: 'Running',
        conditions: [
          {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'EvictionByEvictionAPI',
            message: 'Eviction API: evicting',
          },
        ],
      },
    },
    /being deleted: EvictionByEvictionAPI/,
  ],
  [
    'was killed for lack of memory',
    {
      status: {
        phase: 'Failed',
        containerStatuses: [status({ terminated: { reason: 'OOMKilled', exitCode: 137 } })],
      },
    },
    /OOMKilled with exit code 137/,
  ],
  [
    'was started again',
    {
      status: {
        phase: 'Running',
        containerStatuses: [
          status(
            { running: {} },
            { restartCount: 1, lastState: { terminated: { reason: 'Error', exitCode: 1 } } },
          ),
        ],
      },
    },
    /started again: Error with exit code 1/,
  ],
])('one that %s is', (_, pod, reason) => {
  expect(whyLost(pod)).toMatch(reason)
})
