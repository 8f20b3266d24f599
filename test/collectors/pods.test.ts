import { expect, test } from 'vitest'
import { podFiles } from '../../collectors/cgroup/pods.ts'
import { cgroup } from '../../collectors/cgroup.ts'
import type { Reading, Service } from '../../harness/model/collector.ts'
import type { HostFacts } from '../../harness/model/target.ts'

const facts = (mounts: Record<string, string>): HostFacts => ({ cgroup: { mounts } }) as unknown as HostFacts
const service = (version: 1 | 2, paths: Record<string, string>): Service => ({
  id: 'nginx',
  host: 'sut',
  watch: { by: 'cgroup', version, paths },
})
const UID = '1783e1f2-f95f-4d81-a3af-dc3b98df0e60'

test.each([
  [
    'v1, cgroupfs, under a root of its own',
    service(1, { cpuacct: `/sys/fs/cgroup/cpuacct/node-a/kubepods/burstable/pod${UID}` }),
    { cpuacct: '/sys/fs/cgroup/cpuacct' },
    ['/sys/fs/cgroup/cpuacct/node-a/kubepods/cpuacct.usage', '/sys/fs/cgroup/cpuacct/cpuacct.usage'],
  ],
  [
    'v2, systemd',
    service(2, {
      unified: `/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice`,
    }),
    { unified: '/sys/fs/cgroup' },
    ['/sys/fs/cgroup/kubepods.slice/cpu.stat', '/sys/fs/cgroup/cpu.stat'],
  ],
  [
    'v2, systemd, under a root of its own',
    service(2, {
      unified: `/sys/fs/cgroup/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${UID.replaceAll('-', '_')}.slice`,
    }),
    { unified: '/sys/fs/cgroup' },
    ['/sys/fs/cgroup/kubelet.slice/kubelet-kubepods.slice/cpu.stat', '/sys/fs/cgroup/cpu.stat'],
  ],
])('%s: all pods, and all of the machine', (_, one, mounts, expected) => {
  const found = podFiles(facts(mounts), [one])
  expect(found.map(({ folder, name }) => `${folder}/${name}`)).toEqual(expected)
  expect(found.map(({ instance }) => instance)).toEqual(['pods', 'all'])
})

test('both are read in µs', () => {
  const [pods] = podFiles(facts({ cpuacct: '/c' }), [service(1, { cpuacct: `/c/kubepods/pod${UID}` })])
  expect(pods?.text.read('5000\n', {} as never)).toEqual([{ instance: 'pods', values: [5] }])
  const [, all] = podFiles(facts({ unified: '/u' }), [service(2, { unified: `/u/kubepods/pod${UID}` })])
  // Some kernels count stolen time in the usage of the root.
  expect(all?.text.read('usage_usec 12\nuser_usec 4\nsystem_usec 5\n', {} as never)).toEqual([
    { instance: 'all', values: [9] },
  ])
})

test('outside of pods there is nothing of the kind', () => {
  const unit = service(2, { unified: '/sys/fs/cgroup/system.slice/nginx.service' })
  const tree: Service = { id: 'x', host: 'sut', watch: { by: 'tree', pidFile: '/p' } }
  expect(podFiles(facts({ unified: '/sys/fs/cgroup' }), [unit, tree])).toEqual([])
})

const NUMBERS = {
  facts: { userHz: 100, pageSize: 4096, probes: {}, cgroup: { mounts: {} } } as unknown as HostFacts,
}
const inPod = (version: 1 | 2, watch: object): Service =>
  ({ id: 'nginx', host: 'sut', watch: { by: 'cgroup', version, ...watch } }) as Service

test('disks under v1 are those of the container’s own group, and held back is what either group was', () => {
  const paths = { cpu: '/cpu/kubepods/podx', blkio: '/blkio/kubepods/podx' }
  const container = { cpu: '/cpu/kubepods/podx/c', blkio: '/blkio/kubepods/podx/c' }
  const of = (watch: object): string[] =>
    cgroup.sources(NUMBERS.facts, [inPod(1, watch)]).map(({ id, path }) => `${id} ${path}`)
  expect(of({ paths, container })).toEqual([
    'cgroup/nginx/cpu.stat /cpu/kubepods/podx/cpu.stat',
    'cgroup/nginx/container/cpu.stat /cpu/kubepods/podx/c/cpu.stat',
    'cgroup/nginx/container/blkio.throttle.io_service_bytes /blkio/kubepods/podx/c/blkio.throttle.io_service_bytes',
  ])
  // The container was not found: the pod's own group would say that there was nothing.
  expect(of({ paths, container: {} })).toEqual(['cgroup/nginx/cpu.stat /cpu/kubepods/podx/cpu.stat'])
  expect(of({ paths })).toContain(
    'cgroup/nginx/blkio.throttle.io_service_bytes /blkio/kubepods/podx/blkio.throttle.io_service_bytes',
  )
})

test('a pod’s network is the sum of its interfaces, lo left out', () => {
  const service = inPod(2, {
    paths: { unified: '/u/kubepods/podx' },
    container: { unified: '/u/kubepods/podx/c' },
    network: '/proc/7/net/dev',
  })
  const parser = cgroup.parser(NUMBERS.facts, 'sut', [service])
  const dev = (eth: number, net: number): string =>
    `Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\n    lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n  eth0: ${eth} 1 0 0 0 0 0 0 ${2 * eth} 1 0 0 0 0 0 0\n  net1: ${net} 1 0 0 0 0 0 0 ${net} 1 0 0 0 0 0 0\n`
  const reading = (source: string, mono: number, text: string) =>
    parser.push({ source, mono, wall: mono, bytes: Buffer.from(text) } as unknown as Reading)
  for (const [i, [eth, net, held]] of [
    [100, 5, 10],
    [350, 6, 30],
  ].entries()) {
    reading('cgroup/nginx/net.dev', (i + 1) * 1e6, dev(eth as number, net as number))
    reading('cgroup/nginx/container/cpu.stat', (i + 1) * 1e6, `usage_usec 1\nthrottled_usec ${held}\n`)
  }
  const values = new Map(
    parser
      .drain(true)
      .map(({ series, base, values }) => [
        `${series.instance} ${series.field}`,
        [...values].map(value => Number(base) + value),
      ]),
  )
  expect(values.get('nginx receive_bytes')).toEqual([105, 356])
  expect(values.get('nginx transmit_bytes')).toEqual([205, 706])
  expect(values.get('nginx container_throttled_time')).toEqual([10, 30])
})
