import { expect, test } from 'vitest'
import { cgroup } from '../../collectors/cgroup.ts'
import type { Service } from '../../harness/model/collector.ts'
import { fixtureHost } from '../support/fixture-host.ts'

const { facts } = fixtureHost('vm-kvm', cgroup.probePaths)
const v2 = (id: string): Service => ({
  id,
  host: 'sut',
  watch: { by: 'cgroup', version: 2, paths: { unified: `/sys/fs/cgroup/${id}` } },
})

test('before anything is deployed there is nothing to read', () => {
  expect(cgroup.sources(facts, [])).toEqual([])
})

test('services whose names look alike as ids keep sources of their own', () => {
  const ids = cgroup.sources(facts, [v2('a b'), v2('a_b')]).map(source => source.id)
  expect(ids).toHaveLength(6)
  expect(new Set(ids).size).toBe(6)
})

test('controllers of v1 that are not there are left out', () => {
  const service: Service = {
    id: 'db',
    host: 'sut',
    watch: { by: 'cgroup', version: 1, paths: { cpuacct: '/sys/fs/cgroup/cpuacct/x' } },
  }
  expect(cgroup.sources(facts, [service]).map(source => source.path)).toEqual([
    '/sys/fs/cgroup/cpuacct/x/cpuacct.usage',
    '/sys/fs/cgroup/cpuacct/x/cpuacct.stat',
  ])
})

test('without a cgroup the recorder is asked for the process tree, with the finding that children are lost', () => {
  const service: Service = { id: 'db', host: 'sut', watch: { by: 'tree', pidFile: '/run/db.pid' } }
  expect(cgroup.sources(facts, [service])).toMatchObject([
    { id: 'cgroup/db/tree', path: '/run/db.pid', tree: true },
  ])
  expect(cgroup.parser(facts, 'sut', [service]).findings()).toMatchObject([{ code: 'CHILDREN_LOST' }])
})
