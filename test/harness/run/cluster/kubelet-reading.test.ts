import { expect, test } from 'vitest'
import { stampedSamplesOf } from '../../../../harness/model/prometheus-text.ts'
import { readingOf } from '../../../../harness/run/cluster/kubelet-reading.ts'

// As a kubelet 1.34 says it; names of others' pods are made up.
const RESOURCE = `# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 9691.461059405 1795715372671
node_memory_working_set_bytes 2e+09 1795715372671
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="jm-a",pod="sut"} 6.55482259 1795715382621
pod_cpu_usage_seconds_total{namespace="jm-a",pod="load-0"} 1.25 1795715382000
pod_cpu_usage_seconds_total{namespace="shop",pod="sut"} 3 1795715380000
pod_cpu_usage_seconds_total{namespace="shop",pod="db"} 4.5 1795715380001
pod_memory_working_set_bytes{namespace="jm-a",pod="sut"} 1e+06 1795715382621
pod_memory_working_set_bytes{namespace="shop",pod="db"} 1e+06 1795715382621
container_cpu_usage_seconds_total{container="c",namespace="jm-a",pod="sut"} 6.5 1795715382621
resource_scrape_error 0
`

const group = (id: string, more = ''): string =>
  `container="",id="${id}",image="",name="",namespace="",pod=""${more}`
const pod = (of: string, more = '', container: string | null = null): string => {
  const [image, name] = container === null ? ['', ''] : ['i', 'n']
  return `container="${container ?? ''}",id="/kubepods/pod${of}/x",image="${image}",name="${name}",namespace="jm-a",pod="${of}"${more}`
}
const CADVISOR = `cadvisor_version_info{cadvisorRevision="",kernelVersion="6.1"} 1
machine_cpu_cores{boot_id="01234567-89ab-cdef-0123-456789abcdef",machine_id="m",system_uuid="s"} 8
container_cpu_usage_seconds_total{${group('/', ',cpu="total"')}} 9000 1795715372000
container_cpu_usage_seconds_total{${group('/kubepods.slice', ',cpu="total"')}} 70.5 1795715373000
container_cpu_usage_seconds_total{${group('/kubepods.slice/kubepods-besteffort.slice', ',cpu="total"')}} 7 1795715373000
container_memory_working_set_bytes{${group('/kubepods.slice')}} 7e+08 1795715373000
container_fs_writes_bytes_total{${group('/kubepods.slice', ',device="/dev/vda"')}} 9000 1795715373000
container_fs_writes_bytes_total{${group('/kubepods.slice', ',device="/dev/dm-1"')}} 9000 1795715373000
container_network_receive_bytes_total{${group('/', ',interface="eth0"')}} 1000 1795715372000
container_network_receive_bytes_total{${group('/', ',interface="ens4"')}} 30 1795715371000
container_network_receive_bytes_total{${group('/', ',interface="cni0"')}} 999 1795715372000
container_network_transmit_bytes_total{${pod('sut', ',interface="eth0"', 'POD')}} 12 1795715372000
container_network_transmit_bytes_total{${pod('sut', ',interface="lo"', 'POD')}} 500 1795715372000
container_fs_reads_bytes_total{${group('/', ',device="/dev/vda"')}} 4096 1795715372000
container_fs_reads_bytes_total{${group('/', ',device="/dev/dm-0"')}} 4096 1795715372000
container_fs_writes_bytes_total{${pod('sut', ',device="/dev/vda"', 'c')}} 100 1795715372000
container_fs_writes_bytes_total{${pod('sut', ',device="/dev/vdb"', 'c')}} 20 1795715372000
container_fs_writes_bytes_total{${pod('load-0', ',device="/dev/vda"', 'c')}} 100 1795715372000
container_fs_writes_bytes_total{${pod('load-0', ',device="/dev/vda"', '')}} 7 1795715371000
container_fs_writes_bytes_total{${pod('load-0', ',device="/dev/vda"')}} 130 1795715373000
`

const PODS = new Map([
  ['jm-a/sut', 'pod-sut'],
  ['jm-a/load-0', 'pod-load'],
])
const NOTHING = { cpu: null, memory: null, receive: null, transmit: null, read: null, write: null }
const WHEN = { host: 'sut', asked: 1, answered: 2 }
const at = (millis: number, value: number) => ({ at: millis * 1000, value })

test('pods of the run are told by namespace and name, others are counted without names', () => {
  const reading = readingOf(PODS, { resource: RESOURCE, cadvisor: CADVISOR }, WHEN)
  expect(reading).toEqual({
    ...WHEN,
    threads: 8,
    bootId: '01234567-89ab-cdef-0123-456789abcdef',
    node: {
      cpu: at(1795715372671, 9691.461059405),
      memory: at(1795715372671, 2e9),
      receive: at(1795715371000, 1030),
      transmit: null,
      read: at(1795715372000, 4096),
      write: null,
    },
    allPods: {
      ...NOTHING,
      cpu: at(1795715373000, 70.5),
      memory: at(1795715373000, 7e8),
      write: at(1795715373000, 9000),
    },
    pods: {
      'pod-sut': {
        cpu: at(1795715382621, 6.55482259),
        memory: at(1795715382621, 1e6),
        receive: null,
        transmit: at(1795715372000, 12),
        read: null,
        write: at(1795715372000, 120),
      },
      'pod-load': {
        cpu: at(1795715382000, 1.25),
        memory: null,
        receive: null,
        transmit: null,
        read: null,
        // The pod's own group says more than its containers.
        write: at(1795715373000, 130),
      },
    },
    others: 2,
  })
  expect(JSON.stringify(reading)).not.toContain('shop')
})

test('what has no time or is no number is not read, and what cAdvisor does not say is absent', () => {
  const resource =
    'node_cpu_usage_seconds_total NaN 5\npod_cpu_usage_seconds_total{namespace="jm-a",pod="sut"} 3\n'
  expect(readingOf(PODS, { resource, cadvisor: null }, WHEN)).toMatchObject({
    node: { cpu: null, memory: null, receive: null },
    allPods: NOTHING,
    threads: null,
    bootId: null,
    pods: {},
    others: 0,
  })
})

test('two groups of pods under one kubelet: it is not known which is meant', () => {
  const two = ['/a/kubepods', '/b/kubepods'].map(
    id => `container_cpu_usage_seconds_total{${group(id, ',cpu="total"')}} 5 1795715372000\n`,
  )
  expect(readingOf(PODS, { resource: RESOURCE, cadvisor: two.join('') }, WHEN).allPods).toEqual(NOTHING)
})

test('labels are read with their escapes, and a broken line is none', () => {
  const read = (line: string) => [...stampedSamplesOf(`${line}\n`, new Set(['m']))]
  expect(read(String.raw`m{a="x\"}y",b="back\\slash",c="line\nend"} 1.5 2`)).toEqual([
    {
      name: 'm',
      labels: new Map([
        ['a', 'x"}y'],
        ['b', String.raw`back\slash`],
        ['c', 'line\nend'],
      ]),
      value: 1.5,
      text: '1.5',
      at: 2000,
    },
  ])
  for (const broken of [
    'm{a="x} 1 2',
    'm{a=x} 1 2',
    'm{a="x" "b"} 1 2',
    'm 1',
    'm +Inf 2',
    'mm 1 2',
    'm{} 1 x',
  ])
    expect(read(broken), broken).toEqual([])
})
