import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostCheck } from '../../../harness/targets/check-item.ts'
import { joulemark } from './joulemark.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joulemark-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const write = async (targets: string): Promise<string> => {
  const file = join(folder, 'c.yaml')
  await writeFile(file, `schema: joulemark/v1\nname: c\ntargets: ${targets}\nworkloads: [{ id: idle }]\n`)
  return file
}

test('check looks at this machine and leaves nothing behind', async () => {
  const env = { XDG_CACHE_HOME: join(folder, 'cache') }
  const { exitCode, stdout } = await joulemark(
    ['check', await write('[{ id: here, kind: local }]'), '--json'],
    { env },
  )
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
  const left = await readdir(folder, { recursive: true })
  expect(left.filter(name => name.includes('jm-'))).toEqual([])
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
