import { expect, test } from 'vitest'
import type { HostFacts } from '../../../../harness/model/target.ts'
import { ownUnit, planCgroup } from '../../../../harness/run/deploy/cgroup-plan.ts'
import { fixtureHost } from '../../../support/fixture-host.ts'

const { facts: known } = fixtureHost('vm-kvm')
const facts = (cgroup: Partial<HostFacts['cgroup']>, init: HostFacts['init'] = 'other'): HostFacts => ({
  ...known,
  init,
  cgroup: { version: '2', mounts: {}, own: {}, writable: {}, ...cgroup },
})

test('v1: one folder for each controller that counts, where one may be made', () => {
  const writable = { cpuacct: '/c/cpuacct', memory: '/c/memory/mine', cpuset: '/c/cpuset' }
  expect(planCgroup(facts({ version: '1', writable }), 'jm-x')).toEqual({
    version: 1,
    paths: { cpuacct: '/c/cpuacct/jm-x', memory: '/c/memory/mine/jm-x' },
  })
})

test('v2: one folder', () => {
  expect(planCgroup(facts({ writable: { unified: '/sys/fs/cgroup' } }), 'jm-x')).toEqual({
    version: 2,
    paths: { unified: '/sys/fs/cgroup/jm-x' },
  })
})

test('none where CPU time could not be told, and none under systemd, where the process has a unit', () => {
  expect(planCgroup(facts({ writable: { memory: '/c/memory' } }), 'jm-x')).toBeNull()
  expect(planCgroup(facts({ writable: { unified: '/sys/fs/cgroup' } }, 'systemd'), 'jm-x')).toBeNull()
})

test('a scope of its own is told from the cgroup that we are in', () => {
  const mounts = { unified: '/sys/fs/cgroup' }
  const own = { unified: '/sys/fs/cgroup/user.slice/session-3.scope' }
  const host = facts({ mounts, own }, 'systemd')
  expect(ownUnit(host, '0::/system.slice/run-r12.scope\n')).toEqual({
    version: 2,
    paths: { unified: '/sys/fs/cgroup/system.slice/run-r12.scope' },
  })
  expect(ownUnit(host, '0::/user.slice/session-3.scope\n')).toBeNull()
  expect(ownUnit(host, '0::/\n')).toBeNull()
})

test('v1 under systemd: only controllers in which it differs count, and CPU time must be among them', () => {
  const mounts = { cpu: '/c/cpu,cpuacct', cpuacct: '/c/cpu,cpuacct', memory: '/c/memory' }
  const own = { cpuacct: '/c/cpu,cpuacct/user.slice', memory: '/c/memory/user.slice' }
  const host = facts({ version: '1', mounts, own }, 'systemd')
  expect(ownUnit(host, '4:cpu,cpuacct:/system.slice/a.scope\n5:memory:/user.slice\n')).toEqual({
    version: 1,
    paths: { cpuacct: '/c/cpu,cpuacct/system.slice/a.scope' },
  })
  expect(ownUnit(host, '4:cpu,cpuacct:/user.slice\n5:memory:/system.slice/a.scope\n')).toBeNull()
})
