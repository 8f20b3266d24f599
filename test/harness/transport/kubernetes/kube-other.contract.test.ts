// Somebody else than the API server who is given the same credentials: never before a certificate of the cluster's authority was shown.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKube } from '../../../../harness/transport/kubernetes/kube.ts'
import { type Authority, makeAuthority } from '../../../testbed/kubernetes/certificates.ts'

let dir = ''
let ours: Authority
const servers: Server[] = []
const heard: (string | undefined)[] = []
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jm-kube-other-'))
  ours = await makeAuthority(join(dir, 'ours'))
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await rm(dir, { recursive: true, force: true })
})

/** A server that says what it was told, with a certificate of some authority. */
async function listening(authority: Authority, address: string): Promise<string> {
  await authority.issue('server', '/CN=kubelet', [address])
  const read = (end: string): Promise<Buffer> => readFile(join(authority.dir, `server.${end}`))
  const server = createServer({ cert: await read('crt'), key: await read('key') }, (request, response) => {
    heard.push(request.headers.authorization)
    response.end('figures')
  })
  servers.push(server)
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const ask = (server: string, cluster: object): Promise<unknown> => {
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1', skipTLSVerify: false, ...cluster },
    { name: 'u', token: 'secret' },
  )
  const request = { method: 'GET', path: '/metrics/resource', patienceSeconds: 0 } as const
  return makeKube(config).call({ ...request, other: { server, who: 'the kubelet' } })
}

test('with a certificate of the cluster’s authority it is told who asks', async () => {
  const server = await listening(ours, '127.0.0.1')
  // That the API server goes by another name says nothing of others.
  const said = ask(server, { caFile: join(ours.dir, 'ca.crt'), tlsServerName: 'kubernetes.example' })
  await expect(said).resolves.toMatchObject({ body: Buffer.from('figures') })
  expect(heard.splice(0)).toEqual(['Bearer secret'])
})

test('with any other it is told nothing, even where the API server’s certificate is not looked at', async () => {
  const stranger = await listening(await makeAuthority(join(dir, 'stranger')), '127.0.0.1')
  const misnamed = await listening(ours, '127.0.0.2')
  const trusting = { caFile: join(ours.dir, 'ca.crt') }
  for (const [server, cluster] of [
    [stranger, trusting],
    [stranger, { skipTLSVerify: true }],
    [stranger, { ...trusting, skipTLSVerify: true }],
    [misnamed, trusting],
  ] as const)
    await expect(ask(server, cluster)).rejects.toMatchObject({
      code: 'kube-unreachable',
      message: expect.stringMatching(/^the kubelet can't be reached: .*(certificate|altnames)/i) as string,
    })
  expect(heard).toEqual([])
})
