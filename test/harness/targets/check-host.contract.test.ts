import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostFacts } from '../../../harness/model/target.ts'
import { type CheckParts, checkHost } from '../../../harness/targets/check-host.ts'
import { type KeyPair, makeKeyPair, makeTestUser, type Sshd, startSshd } from '../../testbed/sshd.ts'
import { connectionTo, scratch, sshTarget } from '../../testbed/sshd-target.ts'

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

const proof = `jm-proof-${randomBytes(4).toString('hex')}`
const parts: CheckParts = {
  become: 'none',
  collectors: [
    {
      id: 'load',
      probePaths: ['/proc/loadavg'],
      probe: (facts: HostFacts) => ({ state: 'available', detail: Object.keys(facts.probes).join() }),
    },
  ],
  clockLimitMs: 400,
  need: () => ({ bytes: 1, tmpfsBytes: 1 }),
  tools: async () => {
    throw new Error('no tools today')
  },
  proofFolder: workRoot => ({ dir: `${workRoot}/${proof}`, files: [] }),
}

test('a user over SSH: every item is there, one that fails does not hold up the others, and nothing is left', async () => {
  const user = stack.use(await makeTestUser('/bin/bash'))
  const target = stack.use(
    await sshTarget({ connection: await connectionTo(sshd, key, dir, { user: user.name }) }),
  )
  const { items, bootId } = await checkHost(target.one, parts)
  const found = new Map(items.map(item => [item.subject, item]))
  expect(bootId).toMatch(/^[0-9a-f-]{36}$/)
  expect(found.get('reachable')).toMatchObject({
    state: 'ok',
    text: expect.stringContaining(`${user.name} at 127.0.0.1:${sshd.port}`),
  })
  expect(found.get('detached')).toMatchObject({
    state: 'ok',
    text: 'a process survived the end of its connection, was found again and ended',
  })
  expect(found.get('load')).toMatchObject({ area: 'sensors', state: 'ok', text: '/proc/loadavg' })
  expect(found.get('tools')).toMatchObject({ area: 'tools', state: 'failed', text: 'no tools today' })
  expect(found.get('root')).toMatchObject({
    state: 'note',
    hint: expect.stringContaining(`${user.name} ALL=(root) NOPASSWD: /bin/sh`),
  })
  expect([...found.keys()]).toEqual(expect.arrayContaining(['machine', 'clock', 'space', 'CPU', 'steal']))
  const left = await target.one.exec([
    'sh',
    '-c',
    'ls -A "$HOME"; ls -d "/tmp/$1" "/var/tmp/$1" 2>/dev/null; ls -A /var/tmp | grep joulemark-probe',
    'sh',
    proof,
  ])
  expect(left.stdout).toBe('')
})

test('become sudo where sudo refuses: failed, with the exact commands and the line of sudoers', async () => {
  const user = stack.use(await makeTestUser('/bin/bash'))
  const target = stack.use(
    await sshTarget({ connection: await connectionTo(sshd, key, dir, { user: user.name }), become: 'sudo' }),
  )
  const { items } = await checkHost(target.one, { ...parts, become: 'sudo', tools: async () => [] })
  const root = items.find(({ subject }) => subject === 'root')
  expect(root?.state).toBe('failed')
  expect(root?.hint?.split('\n')).toEqual([
    expect.stringContaining('sudo -n -- /bin/sh -c'),
    expect.stringContaining("sudo -S -p '' -- /bin/sh -c"),
    expect.stringContaining(`${user.name} ALL=(root) NOPASSWD: /bin/sh`),
  ])
})

test('a host with another key than the pinned one is one failed item with a hint', async () => {
  const other = await makeKeyPair(join(dir, 'other'))
  const connection = { ...(await connectionTo(sshd, key, dir)), hostKey: other.fingerprint }
  const target = stack.use(await sshTarget({ connection }))
  expect(await checkHost(target.one, parts)).toMatchObject({
    bootId: null,
    items: [{ subject: 'reachable', state: 'failed', hint: expect.stringContaining('host_key') }],
  })
})
