import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Plan } from '../../../harness/model/plan.ts'
import { fixture, loadText, problemsOf } from './load-toy.ts'

const adress =
  'targets[0].hosts.web.adress: unknown key. Did you mean "address"? Allowed: address, port, user, identity, passphrase, host_key, known_hosts, config, jump, assume'
const noAddress = 'targets[0].hosts.web.address: is missing: text is needed here'
const three = 'protocol.repetitions: expected a whole number, found "three"'
const fifty = 'collectors.rate: 50 is out of range. Allowed: 0.1 to 10'
const laod =
  'targets[0].roles.loadgen: "laod" is not a host of this target. Did you mean "load"? Allowed: web, load'
const token = 'influx.token.env: the environment variable JOULEMARK_TEST_ABSENT_TOKEN is not set'

test('an unknown key is told with its place, a near word and what is allowed', async () => {
  expect(await problemsOf(await fixture('unknown-key.yaml'))).toEqual([`7:7 ${noAddress}`, `7:14 ${adress}`])
})

test('a wrong type is told with what was expected and found', async () => {
  expect(await problemsOf(await fixture('wrong-type.yaml'))).toEqual([`4:16 ${three}`])
})

test('a value out of range is told with the range, in parameters of a workload too', async () => {
  expect(await problemsOf(await fixture('out-of-range.yaml'))).toEqual([
    `4:9 ${fifty}`,
    '11:13 workloads[0].params.rate: 0 is out of range. Allowed: 1 to 10000',
  ])
})

test('a role that names an undefined host is told at its place', async () => {
  expect(await problemsOf(await fixture('undefined-host.yaml'))).toEqual([`11:16 ${laod}`])
})

test('a missing secret is told by the name of its variable', async () => {
  expect(await problemsOf(await fixture('missing-secret.yaml'))).toEqual([`12:17 ${token}`])
})

test('all problems are told at once, in the order of the file', async () => {
  expect(await problemsOf(await fixture('all-five.yaml'))).toEqual([
    `4:16 ${three}`,
    `6:9 ${fifty}`,
    `11:7 ${noAddress}`,
    `11:14 ${adress}`,
    `15:16 ${laod}`,
    `22:17 ${token}`,
  ])
})

test('full load below idle, a number that is none, and keys where there are none are told as what they are', async () => {
  const sound = await fixture('sound.yaml')
  const env = { SUDO_PASSWORD: 'x', INFLUX_TOKEN: 'x' }
  const problem = (from: string, to: string) => problemsOf(sound.replace(from, to), env)
  expect(await problem('idle_watts: 60 }', 'idle_watts: 60, full_watts: 50 }')).toEqual([
    expect.stringMatching(/^11:\d+ targets\[0\]\.assume\.full_watts: is less than idle_watts/),
  ])
  expect(await problem('window: 30', 'window: .nan')).toEqual([
    expect.stringContaining('found not a finite number'),
  ])
  expect(await problem('  - id: still', '  - id: still\n    params: { rate: 1 }')).toEqual([
    expect.stringMatching(/unknown key\. There are no keys here$/),
  ])
})

test('syntax errors and duplicate keys come first, alone', async () => {
  const problems = await problemsOf(await fixture('syntax.yaml'))
  expect(problems[0]).toBe('3:1 : this key is there twice')
  expect(problems.join('\n')).not.toContain('colour')
})

test('an unknown workload, target kind and collector are told with the known ones', async () => {
  const text = (await fixture('wrong-type.yaml')).replace('three', '3')
  expect(await problemsOf(text.replace('id: toy', 'id: toi'))).toEqual([
    '9:9 workloads[0].id: "toi" is not known. Did you mean "toy"? Allowed: toy, still',
  ])
  expect(await problemsOf(text.replace('kind: local', 'kind: lokal'))).toEqual([
    '7:11 targets[0].kind: "lokal" is not known. Did you mean "local"? Allowed: local, ssh, kubernetes',
  ])
  expect(await problemsOf(`${text}collectors: { use: [cpu, cpu, disc] }\n`)).toEqual([
    '10:26 collectors.use[1]: "cpu": this collector is there twice',
    '10:31 collectors.use[2]: "disc" is not known. Did you mean "disk"? Allowed: cpu, memory, disk',
  ])
})

test('a file of a secret that others may read is refused, one that they may not is taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-secret-'))
  try {
    const file = join(folder, 'token')
    await writeFile(file, 'never-to-be-seen\n')
    await chmod(file, 0o640)
    const text = (await fixture('missing-secret.yaml')).replace(
      '{ env: JOULEMARK_TEST_ABSENT_TOKEN }',
      `{ file: ${file} }`,
    )
    expect(await problemsOf(text)).toEqual([
      `12:18 influx.token.file: "${file}" may be read by others (mode 0640); chmod 600 it`,
    ])
    await chmod(file, 0o600)
    const loaded = await loadText(text)
    expect(loaded.influx?.token).toEqual({ file })
    expect(JSON.stringify([loaded.plan, loaded.publicText])).not.toContain('never-to-be-seen')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  'http://user:hunter2@127.0.0.1:8086',
  'http://hunter2@127.0.0.1:8086',
  'http://127.0.0.1:8086/?token=hunter2',
  'http://127.0.0.1:8086/#hunter2',
])('a database address that holds a secret is refused and not repeated: %s', async url => {
  const text = await fixture('missing-secret.yaml')
  const problems = await problemsOf(text.replace(/url: [^,}\n]*/, `url: '${url}'`))
  expect(problems.join('\n')).toMatch(/influx\.url: holds a user, a password, .* by reference/)
  expect(problems.join('\n')).not.toContain('hunter2')
})

test('what is nested too deeply to be read is said to be so', async () => {
  const problems = await problemsOf(`schema: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`)
  expect(problems).toEqual([expect.stringMatching(/^\d+:\d+ .*is nested too deeply to be read$/)])
})

test('the value of an inline secret is never repeated', async () => {
  const text = (await fixture('missing-secret.yaml')).replace(
    '{ env: JOULEMARK_TEST_ABSENT_TOKEN }',
    'hunter2hunter2',
  )
  const problems = await problemsOf(text)
  expect(problems).toEqual(['12:10 influx.token: expected a section with keys, found text'])
})

test('a sound file becomes a plan without identities, and connections with absolute paths', async () => {
  const { plan, connections, influx, publicText } = await loadText(
    await fixture('sound.yaml'),
    { SUDO_PASSWORD: 'x', INFLUX_TOKEN: 'y' },
    '/camp/two.yaml',
  )
  expect(Plan.parse(plan)).toEqual(plan)
  expect(plan.targets).toEqual([
    {
      id: 'here',
      kind: 'local',
      become: 'none',
      hosts: [{ id: 'local', roles: ['sut', 'loadgen'], assumed: { threads: 16, idleWatts: 60 } }],
    },
    {
      id: 'cloud-a',
      kind: 'ssh',
      become: 'sudo',
      hosts: [
        { id: 'web', roles: ['sut'], assumed: {} },
        { id: 'load', roles: ['loadgen'], assumed: {} },
      ],
    },
  ])
  expect(plan.workloads.map(({ key, params }) => ({ key, params }))).toEqual([
    { key: 'toy-small', params: { rate: 50, mix: 'read' } },
    { key: 'toy', params: { rate: 100, mix: 'read' } },
    { key: 'still', params: {} },
  ])
  expect(plan.runs).toHaveLength(2 * 5)
  expect(plan.protocol.ranked).toBe(false)
  for (const identity of [
    '192.0.2.7',
    '2001:db8',
    'bench',
    'bastion',
    'inner.example',
    'id_bench',
    'SUDO_PASSWORD',
    '8086',
    'INFLUX_TOKEN',
  ]) {
    expect(JSON.stringify(plan)).not.toContain(identity)
    expect(publicText).not.toContain(identity)
  }
  expect(connections.get('cloud-a')).toEqual({
    kind: 'ssh',
    become: 'sudo',
    becomePassword: { env: 'SUDO_PASSWORD' },
    hosts: {
      web: {
        address: '192.0.2.7',
        port: 2222,
        user: 'bench',
        identity: '/home/somebody/.ssh/id_bench',
        knownHosts: '/camp/keys/known',
      },
      load: {
        address: '2001:db8::1',
        jump: [{ address: 'bastion' }, { address: 'inner.example.org', user: 'hop' }],
      },
    },
  })
  expect(influx).toEqual({
    url: 'http://127.0.0.1:8086',
    org: 'bench',
    bucket: 'runs',
    token: { env: 'INFLUX_TOKEN' },
  })
})

test('with one host roles may be left out', async () => {
  const text = (await fixture('unknown-key.yaml')).replace('adress', 'address')
  const { plan } = await loadText(text)
  expect(plan.targets[0]?.hosts).toEqual([{ id: 'web', roles: ['sut', 'loadgen'], assumed: {} }])
})

test('several hosts need roles, and every host one', async () => {
  const text = await fixture('undefined-host.yaml')
  expect(await problemsOf(text.replace(/ {4}roles:\n.*\n.*\n/, ''))).toEqual([
    '4:5 targets[0].roles: is missing: with several hosts it must say which one is sut (hosts: web, load)',
  ])
  expect(await problemsOf(text.replace('laod', 'web'))).toEqual([
    '8:7 targets[0].hosts.load: this host has no role; name it under roles as sut or loadgen, or remove it',
  ])
})

test('a small file can not become a large value through aliases', async () => {
  const layers = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
  )
  const problems = await problemsOf(['l0: &l0 [x]', ...layers].join('\n'))
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/^1:1 : Excessive alias count/)
})

const CLUSTER = `schema: joulemark/v1
name: pods
title: Pods
targets:
  - id: cloud-k
    kind: kubernetes
    kubeconfig: ~/canary-config
    context: canary-context
    namespace: canary-namespace
    nodes: { sut: { canary.example/label: canary-value } }
    size: SCS-2V-4
    load: { pods: 3, size: { cpu: 0.5, memory_mib: 256 } }
    image: canary-registry.example/canary/image@sha256:${'0'.repeat(64)}
    mirror: { canary-registry.example: canary-mirror.example }
    pull_secret: canary-secret
workloads:
  - id: toy
`

test('of a cluster the plan has sizes and numbers, and no names', async () => {
  const { plan, connections, publicText } = await loadText(CLUSTER, { HOME: '/home/anna' }, '/camp/pods.yaml')
  expect(Plan.parse(plan)).toEqual(plan)
  expect(plan.targets).toEqual([
    {
      id: 'cloud-k',
      kind: 'kubernetes',
      become: 'none',
      hosts: [
        { id: 'sut', roles: ['sut'], assumed: {} },
        { id: 'loadgen', roles: ['loadgen'], assumed: {} },
      ],
      cluster: {
        access: 'nodes',
        namespace: 'existing',
        kubelet: 'none',
        sut: { cpuMillis: 2000, memoryBytes: 4 * 1024 ** 3 },
        load: { cpuMillis: 500, memoryBytes: 256 * 1024 ** 2 },
        loadPods: 3,
        placement: 'spread',
        image: `sha256:${'0'.repeat(64)}`,
      },
    },
  ])
  expect(JSON.stringify(plan)).not.toContain('canary')
  expect(publicText).not.toContain('canary')
  expect(connections.get('cloud-k')).toMatchObject({
    kind: 'kubernetes',
    context: 'canary-context',
    namespace: 'canary-namespace',
    image: `canary-mirror.example/canary/image@sha256:${'0'.repeat(64)}`,
    pullSecret: 'canary-secret',
  })
})

test.each([
  [
    'image: canary-registry.example/canary/image@sha256:0+',
    'image: nginx:1',
    /^13:12 targets\[0\]\.image: must name an image by its digest/,
  ],
  ['size: SCS-2V-4', 'size: SCS-2X-4', /^11:11 targets\[0\]\.size: /],
  ['load: { pods: 3', 'load: { pods: 0', /^12:19 targets\[0\]\.load\.pods: /],
  ['context:', 'kontext:', /^8:5 targets\[0\]\.kontext: /],
])('what is wrong of a cluster is told with its place: %s → %s', async (from, to, expected) => {
  const problems = await problemsOf(CLUSTER.replace(new RegExp(from), to))
  expect(problems[0]).toMatch(expected)
})

test('a workload that has no pods is refused on a cluster, and runs beside it', async () => {
  const both = CLUSTER.replace('targets:\n', 'targets:\n  - { id: here, kind: local }\n')
  expect(await problemsOf(`${both}  - id: still\n`)).toEqual([
    '19:9 workloads[1].id: still does not go into pods, and cloud-k is a cluster. Name its targets without it (targets)',
  ])
  const { plan } = await loadText(`${both}  - { id: still, targets: [here] }\n`)
  expect(plan.runs.map(({ target, workload }) => `${workload} ${target}`).sort()).toEqual([
    'still here',
    'toy cloud-k',
    'toy here',
  ])
})

test('a pull secret without its namespace is refused', async () => {
  const problems = await problemsOf(CLUSTER.replace('    namespace: canary-namespace\n', ''))
  expect(problems).toEqual([expect.stringMatching(/^14:5 targets\[0\]\.pull_secret: lies in a namespace/)])
})
