import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { inProcess } from './in-process.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jm-rbac-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const IMAGE = `registry.example/joulemark@sha256:${'0'.repeat(64)}`
const cluster = (id: string, o: Readonly<Record<string, unknown>> = {}) => ({
  id,
  kind: 'kubernetes',
  image: IMAGE,
  ...o,
})

async function campaign(name: string, targets: readonly object[], workload = 'web-static'): Promise<string> {
  const file = join(dir, `${name}.yaml`)
  await writeFile(file, stringify({ schema: 'joulemark/v1', name, targets, workloads: [{ id: workload }] }))
  return file
}

interface Granted {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: unknown }
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]
  readonly subjects?: readonly object[]
}

async function printed(file: string, ...options: readonly string[]): Promise<readonly Granted[]> {
  const { exitCode, stdout, stderr } = await inProcess(['rbac', file, ...options])
  expect(exitCode, stderr).toBe(0)
  return parseAllDocuments(stdout).map(document => document.toJS() as Granted)
}

const verbsOf = (documents: readonly Granted[], resource: string): readonly string[] =>
  documents
    .flatMap(({ rules = [] }) => rules)
    .filter(({ resources }) => resources.includes(resource))
    .flatMap(({ verbs }) => verbs)

test('who is not named is a service account, which is made in the namespace of locks', async () => {
  const documents = await printed(await campaign('own', [cluster('c')]))
  const account = { kind: 'ServiceAccount', name: 'joulemark', namespace: 'joulemark-locks' }
  expect(documents.find(({ kind }) => kind === 'ServiceAccount')?.metadata).toEqual({
    name: 'joulemark',
    namespace: 'joulemark-locks',
  })
  expect(documents.flatMap(({ subjects = [] }) => subjects)).toEqual([account, account])
  expect(documents.flatMap(({ metadata }) => metadata.labels ?? [])).toEqual([])
})

test.each([
  [['--user', 'anna@example.org'], { kind: 'User', name: 'anna@example.org' }],
  [['--group', 'measuring'], { kind: 'Group', name: 'measuring' }],
  [['--service-account', 'ci:robot'], { kind: 'ServiceAccount', namespace: 'ci', name: 'robot' }],
])('with %j they are given to that one, and no account is made', async (options, subject) => {
  const documents = await printed(await campaign('named', [cluster('c')]), ...options)
  expect(documents.map(({ kind }) => kind)).not.toContain('ServiceAccount')
  expect(documents.flatMap(({ subjects = [] }) => subjects)).toMatchObject([subject, subject])
})

test('what no workload of the file makes is not let be made', async () => {
  const web = await printed(await campaign('web', [cluster('c')]))
  expect(verbsOf(web, 'jobs')).toEqual(['create', 'patch'])
  expect(verbsOf(web, 'pods')).toContain('delete')
  expect(verbsOf(web, 'pods/proxy')).toEqual(['get', 'patch'])
  const database = await printed(await campaign('database', [cluster('c')], 'oltp-postgres'))
  expect(verbsOf(database, 'jobs')).toEqual(['create', 'patch'])
  expect(verbsOf(database, 'pods/proxy')).toEqual([])
  const compress = await printed(await campaign('compress', [cluster('c')], 'cpu-compress'))
  expect(verbsOf(compress, 'jobs')).toEqual([])
  expect(verbsOf(compress, 'pods')).toEqual(['create', 'get', 'list', 'patch'])
})

test('a namespace that is given bounds them, but for the kubelet, under a name of its own', async () => {
  const bound = await printed(await campaign('bound', [cluster('c', { namespace: 'tenant', access: 'pod' })]))
  expect(bound.map(({ kind, metadata }) => [kind, metadata.name, metadata.namespace])).toEqual([
    ['ServiceAccount', 'joulemark', 'tenant'],
    ['Role', 'joulemark', 'tenant'],
    ['RoleBinding', 'joulemark', 'tenant'],
  ])
  const kubelet = await campaign('kubelet', [cluster('c', { namespace: 'tenant', kubelet: 'proxy' })])
  const wide = (await printed(kubelet)).filter(({ kind }) => kind.startsWith('Cluster'))
  expect(wide.map(({ metadata }) => metadata)).toEqual([
    { name: 'joulemark-tenant' },
    { name: 'joulemark-tenant' },
  ])
  expect(verbsOf(wide, 'nodes/proxy')).toEqual(['get'])
  expect((await inProcess(['rbac', kubelet])).stdout).not.toContain('all namespaces')
})

test('of several clusters one is chosen', async () => {
  const file = await campaign('two', [cluster('a'), cluster('b', { namespace: 'tenant', access: 'pod' })])
  expect((await printed(file, '--target', 'a')).map(({ kind }) => kind)).toContain('ClusterRole')
  expect((await printed(file, '--target', 'b')).map(({ kind }) => kind)).not.toContain('ClusterRole')
  for (const options of [[], ['--target', 'c']])
    expect(await inProcess(['rbac', file, ...options])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('choose one with --target: a, b'),
    })
})

test.each([
  [['--user', 'anna', '--group', 'all'], 'rights are granted to one subject'],
  [['--service-account', 'robot'], 'names no service account'],
])('%j is refused', async (options, why) => {
  expect(await inProcess(['rbac', await campaign('refused', [cluster('c')]), ...options])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining(why),
  })
})

test('without a cluster there is nothing to grant', async () => {
  expect(await inProcess(['rbac', await campaign('local', [{ id: 'here', kind: 'local' }])])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no target of kind kubernetes'),
  })
})

test('a kubelet that is asked directly needs no more than to be read', async () => {
  const documents = await printed(await campaign('direct', [cluster('c', { kubelet: 'direct' })]))
  expect(verbsOf(documents, 'nodes/metrics')).toEqual(['get'])
  expect(verbsOf(documents, 'nodes/proxy')).toEqual([])
})
