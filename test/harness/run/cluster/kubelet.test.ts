import { expect, test } from 'vitest'
import { readingOf } from '../../../../harness/run/cluster/kubelet.ts'

// As a kubelet 1.34 says it; names of others' pods are made up.
const TEXT = `# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 9691.461059405 1795715372671
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="jm-a",pod="sut"} 6.55482259 1795715382621
pod_cpu_usage_seconds_total{namespace="jm-a",pod="load-0"} 1.25 1795715382000
pod_cpu_usage_seconds_total{namespace="shop",pod="sut"} 3 1795715380000
pod_cpu_usage_seconds_total{namespace="shop",pod="db"} 4.5 1795715380001
pod_memory_working_set_bytes{namespace="jm-a",pod="sut"} 1e+06 1795715382621
container_cpu_usage_seconds_total{container="c",namespace="jm-a",pod="sut"} 6.5 1795715382621
resource_scrape_error 0
`

const standing = {
  namespace: 'jm-a',
  sut: { pod: { name: 'sut' }, host: { id: 'pod-sut' } },
  loads: [{ pod: { name: 'load-0' }, host: { id: 'pod-load' } }],
} as unknown as Parameters<typeof readingOf>[0]

test('pods of the run are told by namespace and name, others are counted without names', () => {
  const reading = readingOf(standing, TEXT, { host: 'sut', asked: 1, answered: 2 })
  expect(reading).toEqual({
    host: 'sut',
    asked: 1,
    answered: 2,
    node: { at: 1795715372671000, seconds: 9691.461059405 },
    pods: {
      'pod-sut': { at: 1795715382621000, seconds: 6.55482259 },
      'pod-load': { at: 1795715382000000, seconds: 1.25 },
    },
    others: { count: 2, seconds: 7.5 },
  })
  expect(JSON.stringify(reading)).not.toContain('shop')
})

test('what has no time or is no number is not read', () => {
  const text =
    'node_cpu_usage_seconds_total NaN 5\npod_cpu_usage_seconds_total{namespace="jm-a",pod="sut"} 3\n'
  expect(readingOf(standing, text, { host: 'sut', asked: 1, answered: 2 })).toMatchObject({
    node: null,
    pods: {},
    others: { count: 0 },
  })
})
