import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { startHosts } from '../../testbed/hosts.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

const campaign = (address: string, strangers: string): string => `schema: joulemark/v1
name: c
targets:
  - id: pair
    kind: ssh
    hosts: { sut: { address: jm-sut }, loadgen: { address: jm-loadgen } }
    roles: { sut: sut, loadgen: loadgen }
  - id: away
    kind: ssh
    hosts: { web: { address: ${address}, port: 1, config: none } }
  - id: stranger
    kind: ssh
    hosts: { web: { address: ${address}, user: root, config: none, known_hosts: ${strangers} } }
workloads: [{ id: idle }]
`

test('hosts over SSH: one machine said once; one that is away and one with another key are told, and the rest is looked at', async () => {
  await using hosts = await startHosts(['sut', 'loadgen'])
  await using stack = new AsyncDisposableStack()
  const base = join(tmpdir(), `joulemark-check-ssh-${process.pid}`)
  const [file, strangers] = [`${base}.yaml`, `${base}.known_hosts`]
  stack.defer(async () => {
    for (const path of [file, strangers]) await rm(path, { force: true })
  })
  const address = hosts.hosts.get('sut')?.address ?? ''
  const known = await readFile(join(hosts.sshFolder, 'known_hosts'), 'utf8')
  const [, otherKey = ''] = known.split('\n').map(line => line.split(' ').slice(1).join(' '))
  await writeFile(strangers, `# theirs\n${address} ${otherKey}\n`)
  await writeFile(file, campaign(address, strangers))

  const before = await hosts.snapshot('check')
  const [program, ...args] = hosts.asController([
    join(root, 'node_modules/.bin/tsx'),
    join(root, 'harness/cli/main.ts'),
    'check',
    file,
  ])
  const { exitCode, stdout, stderr } = await execa(program, args, {
    cwd: root,
    reject: false,
    stdin: 'ignore',
    env: { NO_COLOR: '1', FORCE_COLOR: undefined },
  })
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 4 })
  expect(await hosts.snapshot('check')).toEqual(before)

  const heads = stdout.split('\n').filter(line => /^\S/.test(line))
  expect(heads).toEqual([
    'pair sut  sut',
    'pair loadgen  loadgen',
    'away web  sut, loadgen',
    'stranger web  sut, loadgen',
    expect.stringMatching(/^SHARED machine: pair sut, pair loadgen /),
    'not ready: away web, stranger web',
  ])
  const [sut = '', , away = '', stranger = ''] = stdout.split('\n\n')
  expect(sut).toContain(`✔ reachable  root at ${address}:22 by `)
  expect(sut).toMatch(/✔ detached +a process survived the end of its connection/)
  expect(away).toMatch(/✖ reachable {2}.*ECONNREFUSED/)
  expect(stranger).toMatch(/✖ reachable {2}.*but known_hosts expects SHA256:/)
  expect(stranger).toContain(`(${strangers}:2)`)
  expect(stranger).toContain(`ssh-keygen -R '${address}'`)
})
