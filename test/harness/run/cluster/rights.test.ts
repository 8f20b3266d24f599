import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { rbacText } from '../../../../harness/cli/rbac-text.ts'
import { type Right, rightsOf, rightText } from '../../../../harness/run/cluster/rights.ts'

const wanted = (namespace: 'own' | 'existing', access: 'nodes' | 'pod', pullAuth = false): readonly Right[] =>
  rightsOf({
    cluster: {
      access,
      namespace,
      kubelet: 'none',
      sut: { cpuMillis: 1, memoryBytes: 1 },
      load: { cpuMillis: 1, memoryBytes: 1 },
      loadPods: 1,
      placement: 'spread',
      image: '',
    },
    begins: true,
    loads: true,
    pullAuth,
  })

test('who is in one namespace alone needs nothing outside of it', () => {
  const rights = wanted('existing', 'pod')
  expect(new Set(rights.map(({ scope }) => scope))).toEqual(new Set(['given']))
  expect(rights.map(right => rightText(right, 'tenant'))).toContain('create pods/exec in namespace tenant')
})

test('with namespaces of our own nothing in them has to be removed by itself', () => {
  const removable = wanted('own', 'nodes').filter(({ verb }) => verb === 'delete')
  expect(removable.map(({ resource }) => resource)).toEqual(['namespaces', 'pods', 'leases'])
})

test('reap may look for every kind in a given namespace, also for those that this campaign does not make', () => {
  const planned = wanted('existing', 'pod')
  const listed = planned.filter(({ verb }) => verb === 'list').map(({ resource }) => resource)
  expect(listed).toEqual(expect.arrayContaining(['pods', 'jobs', 'daemonsets', 'networkpolicies', 'leases']))
  const onDaemonSets = planned.filter(({ resource }) => resource === 'daemonsets')
  expect(onDaemonSets.map(({ verb }) => verb)).toEqual(['list'])
})

test('who has no credentials to hand on needs no right on secrets; in a given namespace they are removed by themselves', () => {
  const onSecrets = (rights: readonly Right[]): string[] =>
    rights.filter(({ resource }) => resource === 'secrets').map(({ verb }) => verb)
  expect(onSecrets(wanted('own', 'nodes'))).toEqual([])
  expect(onSecrets(wanted('existing', 'nodes'))).toEqual([])
  expect(onSecrets(wanted('own', 'nodes', true))).toEqual(['create'])
  expect(onSecrets(wanted('existing', 'pod', true))).toEqual(['create', 'get', 'list', 'delete'])
})

test('no right is there twice, and none is for everything', () => {
  for (const rights of [
    wanted('own', 'nodes', true),
    wanted('existing', 'nodes'),
    wanted('existing', 'pod'),
  ]) {
    const texts = rights.map(right => rightText(right, 'tenant'))
    expect(new Set(texts).size).toBe(texts.length)
    expect(texts.join()).not.toContain('*')
  }
})

test('the manifest grants these rights and no others', () => {
  const rights = wanted('own', 'nodes')
  const documents = parseAllDocuments(rbacText({ rights, given: undefined, subject: null })).map(
    document => document.toJS() as { kind: string; rules?: { resources: string[]; verbs: string[] }[] },
  )
  expect(documents.map(({ kind }) => kind)).toEqual([
    'Namespace',
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
    'Role',
    'RoleBinding',
  ])
  const granted = documents.flatMap(({ rules = [] }) =>
    rules.flatMap(({ resources, verbs }) => verbs.map(verb => `${verb} ${resources.join()}`)),
  )
  expect(granted.sort()).toEqual(rights.map(({ verb, resource }) => `${verb} ${resource}`).sort())
})

test('for a user nothing is made but what binds the rights', () => {
  const text = rbacText({
    rights: wanted('existing', 'pod'),
    given: 'tenant',
    subject: { kind: 'User', name: 'anna' },
  })
  expect([...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind)).toEqual(['Role', 'RoleBinding'])
  expect(text).toContain('name: anna')
  expect(text).not.toContain('joulemark/')
})
