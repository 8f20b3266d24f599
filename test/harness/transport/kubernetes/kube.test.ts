// What a real API server can't be made to do: answer wrongly, late, or not at all.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { afterEach, expect, test } from 'vitest'
import { callJson, type Kube, kubePath, makeKube } from '../../../../harness/transport/kubernetes/kube.ts'

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** The client, and what it asked. */
async function speaking(
  ...answers: readonly Answer[]
): Promise<{ readonly kube: Kube; readonly asked: string[] }> {
  const asked: string[] = []
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response)
  })
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  return { kube: kubeAt((server.address() as AddressInfo).port), asked }
}

function kubeAt(port: number): Kube {
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u' },
  )
  return makeKube(config)
}

const json =
  (status: number, body: unknown): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
const OK = json(200, { ok: true })
const GET = { method: 'GET', path: '/version' } as const

test('a server that is busy or away for a moment is asked again', async () => {
  const { kube, asked } = await speaking(
    json(429, {}),
    json(503, {}),
    (_, response) => response.destroy(),
    OK,
  )
  expect(await callJson(kube, GET)).toEqual({ ok: true })
  expect(asked.length).toBe(4)
})

test('one that is not asked again says what is the matter', async () => {
  const { kube, asked } = await speaking(json(503, { message: 'no leader' }))
  await expect(kube.call({ ...GET, patienceSeconds: 0 })).rejects.toMatchObject({
    code: 'kube-unavailable',
    message: expect.stringMatching(/GET \/version with 503: no leader/) as string,
  })
  expect(asked.length).toBe(1)
})

test.each([
  [403, { message: 'pods is forbidden: User "anna" cannot create' }, 'kube-forbidden', /cannot create/],
  [404, { reason: 'NotFound' }, 'kube-not-found', /NotFound/],
  [409, {}, 'kube-conflict', /409$/],
  [422, { message: 'line\u0007one\ntwo' }, 'kube-invalid', /line one two/],
])('%i is told at once, by its code and in the words of the server', async (status, body, code, said) => {
  const { kube, asked } = await speaking(json(status, body))
  await expect(kube.call(GET)).rejects.toMatchObject({ code, message: expect.stringMatching(said) as string })
  expect(asked.length).toBe(1)
})

test('an answer has an end: in size and in time', async () => {
  const { kube } = await speaking(
    (_, response) => response.end('x'.repeat(5000)),
    () => {},
  )
  await expect(kube.call({ ...GET, maxBytes: 4000 })).rejects.toMatchObject({ code: 'kube-answer' })
  await expect(kube.call({ ...GET, deadlineSeconds: 0.2, patienceSeconds: 0 })).rejects.toMatchObject({
    code: 'kube-unreachable',
    message: expect.stringMatching(/within 0.2 s/) as string,
  })
})

test('what is no JSON is no answer', async () => {
  const { kube } = await speaking((_, response) => response.end('<html>proxy</html>'))
  await expect(callJson(kube, GET)).rejects.toMatchObject({ code: 'kube-answer' })
})

test('who gives up is not kept waiting', async () => {
  const { kube } = await speaking(json(503, {}))
  const stop = new AbortController()
  const waiting = kube.call({ ...GET, signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await expect(waiting).rejects.toThrow(/enough|aborted/)
})

test('names can not leave their place in a path', () => {
  expect(kubePath('api', 'v1', 'namespaces', '../../secrets', 'pods', 'a?b#c')).toBe(
    '/api/v1/namespaces/..%2F..%2Fsecrets/pods/a%3Fb%23c',
  )
})

test('credentials that can not be had are told with their context', async () => {
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1', skipTLSVerify: false },
    { name: 'u', exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/nonexistent/login' } },
  )
  await expect(makeKube(config).call({ ...GET, patienceSeconds: 0 })).rejects.toMatchObject({
    code: 'kube-credentials',
    message: expect.stringMatching(/context .*login/) as string,
  })
})

test('a program for credentials that waits is not waited for without end', async () => {
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1', skipTLSVerify: false },
    {
      name: 'u',
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'sleep',
        args: ['20'],
        interactiveMode: 'Never',
      },
    },
  )
  await expect(
    makeKube(config).call({ ...GET, deadlineSeconds: 0.2, patienceSeconds: 0 }),
  ).rejects.toMatchObject({
    code: 'kube-unreachable',
    message: expect.stringMatching(/within 0.2 s/) as string,
  })
})
