import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostCheck } from '../../../harness/targets/check-item.ts'
import { joulemark } from './joulemark.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joulemark-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Folders of the proof that processes survive. */
const proofs = async (): Promise<readonly string[]> => {
  const names = await Promise.all(['/var/tmp', '/tmp'].map(path => readdir(path)))
  return names.flat().filter(name => name.startsWith('jm-check-'))
}

const write = async (targets: string): Promise<string> => {
  const file = join(folder, 'c.yaml')
  await writeFile(file, `schema: joulemark/v1\nname: c\ntargets: ${targets}\nworkloads: [{ id: idle }]\n`)
  return file
}

test('check looks at this machine and leaves nothing behind', async () => {
  const before = await proofs()
  const { exitCode, stdout } = await joulemark([
    'check',
    await write('[{ id: here, kind: local }]'),
    '--json',
  ])
  const [host, ...others] = JSON.parse(stdout) as readonly HostCheck[]
  expect(others).toEqual([])
  expect(host).toMatchObject({
    target: 'here',
    host: 'local',
    roles: ['sut', 'loadgen'],
    bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  const state = new Map(host?.items.map(item => [item.subject, item.state]))
  for (const subject of ['reachable', 'machine', 'clock', 'detached', 'recorder', 'cpu', 'memory'])
    expect([subject, state.get(subject)]).toEqual([subject, 'ok'])
  expect(state.has('CPU')).toBe(true)
  expect(exitCode).toBe([...state.values()].includes('failed') ? 4 : 0)
  expect(await proofs()).toEqual(before)
}, 60_000)

test('stopped by Ctrl-C, check takes away what it made', async () => {
  const before = await proofs()
  const file = await write('[{ id: here, kind: local }]')
  const child = spawn(process.execPath, ['harness/cli/main.ts', 'check', file], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const deadline = performance.now() + 30_000
  while ((await proofs()).length === before.length && performance.now() < deadline) await wait(10)
  expect(await proofs()).toHaveLength(before.length + 1)
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(130)
  expect(await proofs()).toEqual(before)
}, 60_000)

test('a host that can not be reached is told with what to try, and exits 4', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise(resolve => server.close(resolve))
  const { exitCode, stdout } = await joulemark([
    'check',
    await write(
      `[{ id: away, kind: ssh, hosts: { web: { address: 127.0.0.1, port: ${port}, config: none } } }]`,
    ),
  ])
  expect(exitCode).toBe(4)
  expect(stdout).toMatch(
    /^away web {2}sut, loadgen\n {2}machine\n {2}✖ reachable {2}\S.*ECONNREFUSED.*\n {15}\S/,
  )
  expect(stdout).toMatch(/not ready: away web$/)
}, 60_000)
