import { expect, test } from 'vitest'
import { clusterName, LABEL } from '../../../../harness/run/cluster/names.ts'
import { whyKept } from '../../../../harness/run/cluster/reap-cluster.ts'

const campaign = 'web-20261126T1200Z-0a1b'
const run = '0001-cluster-web-r1-a1'
const NOW = 1_000_000_000

const found = (o: {
  readonly kind?: string
  readonly name?: string
  readonly campaign?: string
  readonly labelled?: string
  readonly expires?: number
  readonly owner?: null
}) => ({
  object: {
    apiVersion: 'v1',
    kind: o.kind ?? 'Namespace',
    name: o.name ?? clusterName(campaign, run),
    namespace: '',
  },
  labels: { [LABEL.campaign]: o.labelled ?? campaign },
  owner:
    o.owner === null
      ? null
      : { owner: 'aa', campaign: o.campaign ?? campaign, run, expires: o.expires ?? NOW },
})

test('what name, label and annotation say is ours goes when its time is past', () => {
  expect(whyKept(found({}), NOW)).toBeNull()
  expect(whyKept(found({ kind: 'Lease', name: 'a-boot-id' }), NOW)).toBeNull()
})

test.each([
  ['its time is not past', { expires: NOW + 1 }, /kept until 1970-01-01T00:16:40/],
  ['it has no annotation', { owner: null }, /annotation/],
  ['its name is another campaign’s', { name: 'jm-db-20261126T1200Z-0a1b-0001a1' }, /do not agree/],
  ['its name is nobody’s', { name: 'kube-system' }, /do not agree/],
  ['its label is another campaign’s', { labelled: 'db-20261126T1200Z-0a1b' }, /do not agree/],
  [
    'its annotation names no campaign that could be',
    { campaign: '../..', labelled: '../..' },
    /do not agree/,
  ],
])('it stays when %s', (_, o, reason) => {
  expect(whyKept(found(o), NOW)).toMatch(reason)
})
