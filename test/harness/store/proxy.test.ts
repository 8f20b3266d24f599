import { once } from 'node:events'
import https from 'node:https'
import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { proxyFor, tunnelAgent } from '../../../harness/store/proxy.ts'

const origin = (url: string, env: Readonly<Record<string, string>>): string | undefined =>
  proxyFor(new URL(url), env)?.origin

test('the variable of the scheme counts, the lower-case one first', () => {
  const env = { http_proxy: 'http://one:1', HTTP_PROXY: 'http://two:2', HTTPS_PROXY: 'three:3' }
  expect(origin('http://db:8086', env)).toBe('http://one:1')
  expect(origin('https://db', env)).toBe('http://three:3')
  expect(origin('http://db', {})).toBeUndefined()
  expect(origin('http://db', { http_proxy: ' ' })).toBeUndefined()
})

test('a user and password go into a header, decoded, and not into the origin', () => {
  expect(proxyFor(new URL('http://db'), { http_proxy: 'http://a%3Ab:c%2Fd@p:1' })).toEqual({
    origin: 'http://p:1',
    headers: { 'proxy-authorization': `Basic ${Buffer.from('a:b:c/d').toString('base64')}` },
  })
})

test.each([
  ['*', 'http://db', true],
  ['db', 'http://db:8086', true],
  ['db:8086', 'http://db:8086', true],
  ['db:9999', 'http://db:8086', false],
  ['example.org', 'http://db.example.org', true],
  ['.example.org', 'http://db.example.org', true],
  ['*.example.org', 'http://db.example.org', true],
  ['example.org', 'http://badexample.org', false],
  ['DB', 'http://db', true],
  ['127.0.0.1', 'http://127.0.0.1:1', true],
  ['0.0.1', 'http://127.0.0.1:1', false],
  ['10.0.0.0/8', 'http://10.1.2.3', true],
  ['10.0.0.0/8', 'http://11.1.2.3', false],
  ['10.0.0.0/99', 'http://10.1.2.3', false],
  ['fd00::/8', 'http://[fd00::1]:8086', true],
  ['::1', 'http://[::1]', true],
  ['[::1]', 'http://[::1]:5', true],
  ['a, db  c', 'http://db', true],
  ['', 'http://db', false],
])('no_proxy %j for %s: %s', (list, url, exempt) => {
  expect(origin(url, { http_proxy: 'http://p:1', no_proxy: list }) === undefined).toBe(exempt)
})

test('a proxy that never answers CONNECT is let go, also when our own request ended long before', async () => {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
    socket.resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    const agent = tunnelAgent({ origin: `http://127.0.0.1:${address.port}`, headers: {} }, 0.5)
    const signal = AbortSignal.timeout(100)
    const request = https.get({ host: 'influx.invalid', port: 8086, agent, signal })
    await once(request, 'error')
    expect(sockets.size).toBe(1)
    await expect.poll(() => sockets.size, { timeout: 5000 }).toBe(0)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}, 15_000)
