import { expect, test } from 'vitest'
import { podFiles } from '../../collectors/cgroup/pods.ts'
import type { Service } from '../../harness/model/collector.ts'
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
])('%s: all pods, and all of the machine', (_, one, mounts, expected) => {
  const found = podFiles(facts(mounts), [one])
  expect(found.map(({ folder, name }) => `${folder}/${name}`)).toEqual(expected)
  expect(found.map(({ instance }) => instance)).toEqual(['pods', 'all'])
})

test('both are read in µs', () => {
  const [pods] = podFiles(facts({ cpuacct: '/c' }), [service(1, { cpuacct: `/c/kubepods/pod${UID}` })])
  expect(pods?.text.read('5000\n', {} as never)).toEqual([{ instance: 'pods', values: [5] }])
  const [, all] = podFiles(facts({ unified: '/u' }), [service(2, { unified: `/u/kubepods/pod${UID}` })])
  expect(all?.text.read('usage_usec 12\nuser_usec 4\n', {} as never)).toEqual([
    { instance: 'all', values: [12] },
  ])
})

test('outside of pods there is nothing of the kind', () => {
  const unit = service(2, { unified: '/sys/fs/cgroup/system.slice/nginx.service' })
  const tree: Service = { id: 'x', host: 'sut', watch: { by: 'tree', pidFile: '/p' } }
  expect(podFiles(facts({ unified: '/sys/fs/cgroup' }), [unit, tree])).toEqual([])
})
