import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkTarget, sharedMachines } from '../../../harness/targets/check.ts'
import { connectTarget } from '../../../harness/targets/registry.ts'
import { type KeyPair, makeKeyPair, makeTestUser, type Sshd, startSshd } from '../../testbed/sshd.ts'
import { connectionTo, scratch, secretsOf, sshTarget } from '../../testbed/sshd-target.ts'

const stack = new AsyncDisposableStack()
let dir = ''
let key: KeyPair
let sshd: Sshd

beforeAll(async () => {
  dir = stack.use(await scratch()).dir
  key = await makeKeyPair(join(dir, 'id'))
  sshd = stack.use(await startSshd({ authorizedKeys: [key.publicLine] }))
})
afterAll(() => stack.disposeAsync())

const loadavg = {
  id: 'load',
  title: 'Load',
  probePaths: ['/proc/loadavg'],
  probe: (facts: { probes: Record<string, unknown> }) =>
    ({ state: 'available', detail: Object.keys(facts.probes).join() }) as const,
}

test('a host over SSH: every item is there, a detached process survived, and nothing is left', async () => {
  const user = stack.use(await makeTestUser('/bin/bash'))
  const target = stack.use(
    await sshTarget({ connection: await connectionTo(sshd, key, dir, { user: user.name }) }),
  )
  const [check] = await checkTarget(target, { collectors: [loadavg], become: 'none' })
  const items = new Map(check?.items.map(item => [item.id, item]))
  expect(items.get('reachable')).toMatchObject({
    state: 'ok',
    detail: expect.stringContaining(`${user.name} at 127.0.0.1:${sshd.port}`),
  })
  expect(items.get('detached')).toMatchObject({
    state: 'ok',
    detail: expect.stringContaining('survived a dropped connection'),
  })
  expect(items.get('collector.load')).toMatchObject({ state: 'ok', detail: '/proc/loadavg' })
  expect(items.get('root')).toMatchObject({
    state: 'note',
    hint: expect.stringContaining(`${user.name} ALL=(root) NOPASSWD: /bin/sh`),
  })
  expect([...items.keys()]).toEqual(
    expect.arrayContaining(['machine', 'tool.perl', 'clock', 'space', 'quiet']),
  )
  const left = await target.one.exec([
    'sh',
    '-c',
    'ls -A "$HOME"; ls -d /tmp/joulemark-check-* /var/tmp/joulemark-check-* 2>/dev/null; ls -A /var/tmp | grep joulemark-probe',
  ])
  expect(left.stdout).toBe('')
})

test('a host that can not be reached is one failed item with a hint', async () => {
  const connection = { ...(await connectionTo(sshd, key, dir)), hostKey: key.fingerprint }
  const target = stack.use(await sshTarget({ connection }))
  const [check] = await checkTarget(target, { collectors: [], become: 'none' })
  expect(check).toMatchObject({
    link: null,
    facts: null,
    items: [{ id: 'reachable', state: 'failed', hint: expect.stringContaining('hostKey') }],
  })
})

test('two hosts on one kernel are one machine', async () => {
  const local = stack.use(
    await connectTarget({
      planned: {
        id: 'here',
        kind: 'local',
        become: 'none',
        hosts: [{ id: 'me', roles: ['sut'], assumed: {} }],
      },
      connection: { kind: 'local', become: 'none' },
      readSecret: secretsOf({}),
      env: process.env,
    }),
  )
  const ssh = stack.use(await sshTarget({ connection: await connectionTo(sshd, key, dir) }))
  const parts = { collectors: [], become: 'none' } as const
  const checks = [...(await checkTarget(local, parts)), ...(await checkTarget(ssh, parts))]
  expect(sharedMachines(checks)).toEqual([
    { bootId: checks[0]?.facts?.bootId, hosts: ['here/me', 'test/one'] },
  ])
  expect(sharedMachines(checks.slice(1))).toEqual([])
})
