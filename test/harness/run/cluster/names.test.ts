import { expect, test } from 'vitest'
import { clusterName, isOurClusterName, runLabels } from '../../../../harness/run/cluster/names.ts'

const campaign = 'a-campaign-of-a-long-name-indeed-it-is-20261126T1723Z-053f'
const run = '0012-some-cluster-web-static-r6-a2'

test('names are labels of DNS, tell runs apart, and keep what tells campaigns apart', () => {
  const names = [undefined, 'sut', 'load', 'nodes'].map(part => clusterName(campaign, run, part))
  for (const name of names) expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  expect(names[0]).toBe('jm-a-campaign-of-a-long-nam-20261126t1723z-053f-0012a2')
  expect(new Set(names).size).toBe(4)
})

test('a name is ours for its own campaign alone', () => {
  const name = clusterName(campaign, run)
  expect(isOurClusterName(name, campaign)).toBe(true)
  expect(isOurClusterName(name, campaign.replace('053f', '053e'))).toBe(false)
  expect(isOurClusterName(name, 'web-20261126T1723Z-053f')).toBe(false)
  expect(isOurClusterName('kube-system', campaign)).toBe(false)
  expect(isOurClusterName('jm-', campaign)).toBe(false)
})

test('labels can be labels', () => {
  for (const value of Object.values(runLabels({ campaign, run })))
    expect(value).toMatch(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
})
