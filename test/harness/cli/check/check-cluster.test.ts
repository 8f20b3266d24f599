import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { inProcess } from '../in-process.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jm-check-cluster-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => void server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

test('a cluster that is not reached is not ready, and says why', async () => {
  const kubeconfig = join(dir, 'kubeconfig')
  const server = `https://127.0.0.1:${await closedPort()}`
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'there',
      contexts: [{ name: 'there', context: { cluster: 'there', user: 'me' } }],
      clusters: [{ name: 'there', cluster: { server } }],
      users: [{ name: 'me', user: {} }],
    }),
  )
  await chmod(kubeconfig, 0o600)
  const file = join(dir, 'campaign.yaml')
  const image = `registry.example/joulemark@sha256:${'0'.repeat(64)}`
  await writeFile(
    file,
    stringify({
      schema: 'joulemark/v1',
      name: 'away',
      targets: [{ id: 'away', kind: 'kubernetes', kubeconfig, image }],
      workloads: [{ id: 'cpu-compress' }],
    }),
  )
  const { exitCode, stdout } = await inProcess(['check', file, '--json'])
  expect(exitCode).toBe(4)
  expect(JSON.parse(stdout)).toMatchObject([
    {
      target: 'away',
      host: 'cluster',
      items: [
        {
          area: 'cluster',
          subject: 'reachable',
          state: 'failed',
          text: expect.stringContaining('ECONNREFUSED'),
          hint: expect.stringContaining('kubectl cluster-info'),
        },
      ],
    },
  ])
})

test.each([
  [
    'user',
    { contexts: [{ name: 'there', context: { cluster: 'there', user: 'nobody' } }] },
    /"there".*names no user/,
  ],
  [
    'cluster',
    { contexts: [{ name: 'there', context: { cluster: 'gone', user: 'me' } }] },
    /"there".*names no cluster/,
  ],
])('a context that names no %s that is there is told so', async (what, contexts, said) => {
  const kubeconfig = join(dir, `no-${what}`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'there',
    clusters: [{ name: 'there', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'me', user: {} }],
    ...contexts,
  }
  await writeFile(kubeconfig, stringify(config), { mode: 0o600 })
  const file = join(dir, `no-${what}.yaml`)
  const image = `registry.example/joulemark@sha256:${'0'.repeat(64)}`
  await writeFile(
    file,
    stringify({
      schema: 'joulemark/v1',
      name: 'context',
      targets: [{ id: 'c', kind: 'kubernetes', kubeconfig, image }],
      workloads: [{ id: 'cpu-compress' }],
    }),
  )
  const { stdout, stderr } = await inProcess(['check', file])
  expect(`${stdout}${stderr}`.replaceAll(/\s+/g, ' ')).toMatch(said)
})
