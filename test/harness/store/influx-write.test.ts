import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { influxWriter, type WriteAnswer, type WriterOptions } from '../../../harness/store/influx-write.ts'
import { type Answer, httpDouble, json } from './http-double.ts'

const TOKEN = 'very-secret-token'
const never = new AbortController().signal
const LINES = ['cpu,run=a user=1i 1000', 'cpu,run=a user=2i 2000']

function options(url: string, over: Partial<WriterOptions> = {}): WriterOptions {
  return {
    connection: { url, org: 'an org', bucket: 'b&c', token: { env: 'TOKEN' } },
    readSecret: async () => TOKEN,
    env: {},
    ...over,
  }
}

async function answered(answer: Answer, over: Partial<WriterOptions> = {}): Promise<WriteAnswer> {
  await using double = await httpDouble(answer)
  return await influxWriter(options(double.url, over))(LINES, never)
}

test('one batch is one request: path, precision, token, lines; 204 is stored', async () => {
  await using double = await httpDouble((_request, response) => response.writeHead(204).end())
  const write = influxWriter(options(`${double.url}/behind/`))
  expect(await write(LINES, never)).toEqual({ kind: 'stored' })
  expect(double.received).toMatchObject([
    {
      method: 'POST',
      url: '/behind/api/v2/write?org=an%20org&bucket=b%26c&precision=ns',
      headers: { authorization: `Token ${TOKEN}`, 'content-type': 'text/plain; charset=utf-8' },
      lines: LINES,
    },
  ])
  const many = Array.from({ length: 100 }, (_, i) => `cpu user=${i}i ${i}000`)
  await write(many, never)
  expect(double.received[1]).toMatchObject({ headers: { 'content-encoding': 'gzip' }, lines: many })
})

const status =
  (code: number, message = 'words', headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) =>
    json(response, code, message, headers)

test.each<[string, Answer, object]>([
  [
    '429 with a wish',
    status(429, 'slow down', { 'retry-after': '7' }),
    { kind: 'wait', answered: true, afterSeconds: 7, reason: '429: slow down' },
  ],
  [
    '429 with a date',
    status(429, 'slow down', { 'retry-after': 'Wed, 21 Oct 2037 07:28:00 GMT' }),
    { kind: 'wait', afterSeconds: null },
  ],
  ['503', status(503), { kind: 'wait', answered: true }],
  ['500', status(500), { kind: 'wait', answered: true }],
  ['408', status(408), { kind: 'wait' }],
  ['401', status(401, 'unauthorized access'), { kind: 'blocked', reason: '401: unauthorized access' }],
  ['403', status(403), { kind: 'blocked' }],
  ['404', status(404, 'bucket "b" not found'), { kind: 'blocked', reason: '404: bucket "b" not found' }],
  ['302', (_q, r) => r.writeHead(302, { location: '/elsewhere' }).end(), { kind: 'blocked' }],
  [
    '200 of something else',
    (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>log in'),
    { kind: 'blocked', reason: 'the server answered 200, which no InfluxDB 2 does' },
  ],
  ['413', status(413), { kind: 'too-large' }],
  [
    '422 with a count',
    status(422, 'partial write: field type conflict dropped=2'),
    { kind: 'refused', dropped: 2 },
  ],
  ['400 without a count', status(400, "unable to parse 'x'"), { kind: 'refused', dropped: null }],
  [
    '400 of a proxy',
    (_q, r) => r.writeHead(400, { 'content-type': 'text/html' }).end('<h1>Bad'),
    { kind: 'blocked' },
  ],
  ['a cut connection', (_q, r) => r.destroy(), { kind: 'wait', answered: false }],
  [
    'an answer cut in the middle',
    (_q, r) => {
      r.writeHead(422, { 'content-type': 'application/json', 'content-length': '999' })
      r.write('{"code"')
      setTimeout(() => r.destroy(), 20)
    },
    { kind: 'wait', answered: false },
  ],
  [
    'an answer without end',
    (_q, r) => {
      r.writeHead(422, { 'content-type': 'application/json' })
      const timer = setInterval(() => r.write('x'.repeat(200_000)), 1)
      r.on('close', () => clearInterval(timer))
    },
    { kind: 'wait', answered: false },
  ],
  [
    'a compressed answer',
    (_q, r) =>
      r
        .writeHead(422, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync('{}')),
    { kind: 'wait', reason: expect.stringContaining('compressed') },
  ],
])('%s', async (_name, answer, expected) => {
  expect(await answered(answer)).toMatchObject(expected)
})

test('no answer is waited for longer than the request may take', async () => {
  expect(await answered(() => undefined, { requestSeconds: 0.1 })).toEqual({
    kind: 'wait',
    reason: 'no answer within 0.1 s',
    answered: false,
    afterSeconds: null,
  })
})

test('a request that is broken off waits', async () => {
  const controller = new AbortController()
  await using double = await httpDouble(() => controller.abort())
  expect(await influxWriter(options(double.url))(LINES, controller.signal)).toMatchObject({ kind: 'wait' })
})

test('nobody listens', async () => {
  const { url, gone } = await (async () => {
    const double = await httpDouble(() => undefined)
    return { url: double.url, gone: double[Symbol.asyncDispose]() }
  })()
  await gone
  expect(await influxWriter(options(url))(LINES, never)).toMatchObject({
    kind: 'wait',
    answered: false,
    reason: expect.stringContaining('ECONNREFUSED'),
  })
})

test('the token is in no reason, and is read again after a refusal', async () => {
  let reads = 0
  const readSecret = async (): Promise<string> => {
    reads += 1
    return TOKEN
  }
  await using double = await httpDouble((_request, response, index) =>
    index === 1 ? response.writeHead(204).end() : json(response, 401, `bad token ${TOKEN}\u0007`),
  )
  const write = influxWriter(options(double.url, { readSecret }))
  expect(await write(LINES, never)).toEqual({ kind: 'blocked', reason: '401: bad token ***' })
  expect(await write(LINES, never)).toEqual({ kind: 'stored' })
  await write(LINES, never)
  expect(reads).toBe(2)
  const unreadable = influxWriter(
    options(double.url, { readSecret: () => Promise.reject(new Error('TOKEN is not set')) }),
  )
  expect(await unreadable(LINES, never)).toEqual({
    kind: 'blocked',
    reason: "the token can't be read: TOKEN is not set",
  })
})

test('a proxy for http is asked with the whole address, and with its own user', async () => {
  await using proxy = await httpDouble((_request, response) => response.writeHead(204).end())
  const env = { HTTP_PROXY: proxy.url.replace('http://', 'http://me:p%40ss@'), NO_PROXY: 'other.invalid' }
  expect(await influxWriter(options('http://influx.invalid:8086', { env }))(LINES, never)).toEqual({
    kind: 'stored',
  })
  expect(proxy.received[0]).toMatchObject({
    url: 'http://influx.invalid:8086/api/v2/write?org=an%20org&bucket=b%26c&precision=ns',
    headers: {
      host: 'influx.invalid:8086',
      'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    },
  })
})

test('a proxy for https is asked for a tunnel and sees neither token nor points', async () => {
  await using proxy = await httpDouble((_request, response) => response.writeHead(204).end())
  const env = { https_proxy: proxy.url }
  expect(await influxWriter(options('https://influx.invalid', { env }))(LINES, never)).toMatchObject({
    kind: 'wait',
    answered: false,
  })
  expect(proxy.received).toEqual([])
})
