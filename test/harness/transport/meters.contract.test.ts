// Meters read from servers that others wrote, and the faults that each protocol can show.
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, ask, meter, until, watts } from '../../testbed/meters/ask.ts'
import { startNodeExporter } from '../../testbed/meters/node-exporter.ts'
import { type NutServer, startNut } from '../../testbed/meters/nut.ts'
import { type RedfishServer, startRedfish } from '../../testbed/meters/redfish.ts'
import { freePort } from '../../testbed/meters/server.ts'

const dir = mkdtempSync(join(tmpdir(), 'joulemark-meters-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('NUT', () => {
  let nut: NutServer
  beforeAll(async () => {
    nut = await startNut({ 'ups.realpower': '412', 'ups.power': '455', 'outlet.1.realpower': '0' })
  })
  afterAll(() => nut[Symbol.asyncDispose]())
  const at = (settings: object, more: object = {}): Asked => ({
    kind: 'nut',
    settings: { ups: 'rack', ...settings },
    connection: { address: '127.0.0.1', port: nut.port, ...more },
  })
  const user = { login: 'line', user: 'reader', password: { env: 'open-sesame' } } as const

  test('a variable, and what it becomes', async () => {
    await using open = meter(at({}, user))
    expect(await open.values()).toEqual([watts(412, 'ups.realpower')])
    await nut.set({ 'ups.realpower': '333.5', 'outlet.1.realpower': '0' })
    expect(
      await until(
        open.values,
        ([one]) => one?.power !== undefined && 'value' in one.power && one.power.value !== 412,
      ),
    ).toEqual([watts(333.5, 'ups.realpower')])
  })

  test('0 W, no such variable, no such device and nobody there are told apart', async () => {
    expect(await ask(at({ variables: ['outlet.1.realpower'] }))).toEqual([
      { instance: 'outlet.1.realpower', power: { flaw: 'not positive' } },
    ])
    expect(await ask(at({ variables: ['outlet.9.realpower'] }))).toBe(
      'absent: the device has no such variable',
    )
    expect(await ask(at({ ups: 'cellar' }))).toBe('absent: the server has no UPS of that name')
    const port = await freePort()
    expect(await ask(at({}, { port }))).toBe('unreachable: no connection (ECONNREFUSED)')
  })

  test('a driver that is gone', async () => {
    await nut.loseDriver()
    const said = await until(
      () => ask(at({})),
      value => typeof value === 'string',
    )
    expect(said).toMatch(/^slow: the (?:server has lost the driver|driver has not heard)/)
  })
})

test('node_exporter: packages of RAPL, and a counter that goes on', async () => {
  await using exporter = await startNodeExporter()
  const asked = { kind: 'prometheus', settings: { exporter: 'node-rapl' }, connection: { url: exporter.url } }
  await using open = meter(asked)
  const [first] = await open.values()
  expect(first?.energy).toEqual({ value: 240_422_366_267n })
  await exporter.set(240_522_366_267)
  const [second] = await open.values()
  expect(second?.energy).toEqual({ value: 240_522_366_267n })
  expect(await ask({ ...asked, settings: { exporter: 'kepler' } })).toBe(
    'absent: it has no kepler_node_cpu_joules_total',
  )
})

describe('Redfish', () => {
  let bmc: RedfishServer
  beforeAll(async () => {
    bmc = await startRedfish()
  })
  afterAll(() => bmc[Symbol.asyncDispose]())
  const at = (settings: object, more: object = {}): Asked => ({
    kind: 'redfish',
    settings,
    connection: { url: bmc.url, ...more },
  })

  test('servers of three makers, of which one leaves out what the others have', async () => {
    expect(await ask(at({ chassis: 'dell' }))).toEqual([watts(338)])
    expect(await ask(at({ chassis: 'lenovo' }))).toEqual([watts(416)])
    expect(await ask(at({ chassis: 'hpe' }))).toEqual([watts(590)])
    expect(await ask(at({ chassis: 'dell', reading: 'supplies' }))).toEqual([
      watts(165.5, 'supply-0'),
      watts(172.25, 'supply-1'),
    ])
    expect(await ask(at({}))).toBe('absent: 4 chassis have a reading of power: name one under chassis')
  })

  test('EnvironmentMetrics, after a session was opened, and what it becomes', async () => {
    const settings = { chassis: 'new' }
    await using open = meter(at(settings, { login: 'session', user: 'reader', password: { env: 'pw' } }))
    expect(await open.values()).toEqual([{ ...watts(374.5), energy: { value: 1_172_430_000_000_000_000n } }])
    await bmc.patch('/redfish/v1/Chassis/new/EnvironmentMetrics', { PowerWatts: { Reading: 401.25 } })
    expect((await open.values())[0]).toMatchObject(watts(401.25))
    expect(await ask(at({ ...settings, reading: 'sensor', sensor: 'power' }))).toEqual([watts(374.5)])
    expect(await ask(at({ ...settings, reading: 'sensor', sensor: 'fan' }))).toMatch(
      /^absent: it has no such resource/,
    )
  })

  test('one that is slow', async () => {
    await using slow = await startRedfish({ delaySeconds: 3, chassis: ['dell'] })
    expect(await ask({ ...at({ chassis: 'dell' }, { url: slow.url }), seconds: 1 })).toBe(
      'slow: no answer within 1 s',
    )
  })

  test('certificates: of nobody known, of whom we know, and by fingerprint', async () => {
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        '2',
        ...subject,
      ],
      {
        stdio: 'ignore',
      },
    )
    await using tls = await startRedfish({ tls: { cert, key }, chassis: ['dell'] })
    const with_ = (more: object) => ask(at({ chassis: 'dell' }, { url: tls.url, ...more }))
    const { fingerprint256 } = new X509Certificate(readFileSync(cert))
    const wrong = createHash('sha256').update('other').digest('hex').toUpperCase().match(/../g)?.join(':')
    expect(await with_({})).toMatch(
      /^certificate: its certificate was not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    )
    expect(await with_({ ca: cert })).toEqual([watts(338)])
    expect(await with_({ fingerprint: `SHA256:${fingerprint256}` })).toEqual([watts(338)])
    expect(await with_({ fingerprint: `SHA256:${wrong}` })).toBe(
      'certificate: its certificate has another fingerprint',
    )
    expect(await with_({ ca: join(dir, 'missing.pem') })).toMatch(
      /^certificate: the file of certificates can't be read/,
    )
    expect(await with_({ url: tls.url.replace('https', 'http') })).toMatch(/^(?:unreachable|garbage): /)
    expect(await with_({ url: bmc.url.replace('http', 'https') })).toMatch(/^garbage: it does not speak TLS/)
  })
})

/** A double for what no third-party server here can be made to do: logins that are checked, and answers that are no answers. */
async function httpDouble(
  act: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: string; readonly seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    act(request, response)
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => void server.close(resolve))
    },
  }
}

describe('HTTP', () => {
  const plug = (url: string, more: object = {}): Asked => ({ kind: 'shelly', connection: { url, ...more } })
  const status = JSON.stringify({ apower: 87.3, aenergy: { total: 1000.025 } })

  test.each([
    [401, /^credentials: it wants a user and a password \(status 401\)/],
    [403, /^forbidden/],
    [404, /^absent/],
    [429, /^slow: it is asked too often/],
    [503, /^slow: it is busy/],
    [302, /^garbage: it answers with an error \(status 302\)/],
    [500, /^garbage/],
  ])('status %d', async (code, fault) => {
    await using double = await httpDouble((_, response) =>
      response.writeHead(code, { location: 'http://192.0.2.1/' }).end(),
    )
    expect(await ask(plug(double.url))).toMatch(fault)
    expect(double.seen).toHaveLength(1)
  })

  test('what is no HTTP, is too large, or ends in the middle', async () => {
    const raw = createTcp(socket => void socket.end('\u0001\u0002not HTTP\r\n\r\n'))
    await new Promise<void>(resolve => void raw.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = raw.address() as AddressInfo
      expect(await ask(plug(`http://127.0.0.1:${port}`))).toMatch(/^garbage: no HTTP \(HPE_/)
    } finally {
      raw.close()
    }
    await using large = await httpDouble((_, response) => {
      response.on('error', () => {})
      for (let i = 0; i < 300; i += 1) response.write(Buffer.alloc(65_536, 32))
      response.end()
    })
    expect(await ask(plug(large.url))).toMatch(/^garbage: its answer is larger than/)
    await using cut = await httpDouble((_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{')
      setTimeout(() => response.destroy(), 50)
    })
    expect(await ask(plug(cut.url))).toMatch(/^unreachable: no connection \(ECONNRESET\)/)
  })

  test('a server that changes the protocol, and one that never answers, are given up in time', async () => {
    await using changes = await httpDouble((_, response) => {
      response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
    })
    expect(await ask({ ...plug(changes.url), seconds: 2 })).toBe('garbage: it changes the protocol')
    await using silent = await httpDouble(() => {})
    expect(await ask({ ...plug(silent.url), seconds: 1 })).toBe('slow: no answer within 1 s')
  })

  test('a session that is refused everywhere is closed, not opened again and again', async () => {
    let open = 0
    let most = 0
    await using double = await httpDouble((request, response) => {
      if (request.method === 'DELETE') {
        open -= 1
        return void response.end()
      }
      if (request.method !== 'POST') return void response.writeHead(401).end()
      open += 1
      most = Math.max(most, open)
      return void response
        .writeHead(201, { 'x-auth-token': 't', location: '/redfish/v1/SessionService/Sessions/1' })
        .end('{}')
    })
    const login = { login: 'session', user: 'reader', password: { env: 'pw' } } as const
    await using bmc = meter({
      kind: 'redfish',
      settings: { chassis: '1', reading: 'environment' },
      connection: { url: double.url, ...login },
    })
    for (let i = 0; i < 5; i += 1) await expect(bmc.values()).rejects.toMatchObject({ fault: 'credentials' })
    expect({ open, most }).toEqual({ open: 0, most: 1 })
  })

  test('digest: what the server asks for is answered, and curl agrees that it is right', async () => {
    // Python's standard library has no server for digest; the reckoning is checked against curl's below.
    const challenge = 'Digest qop="auth", realm="plug-1", nonce="60dc2ff4", algorithm=SHA-256'
    const heads: string[] = []
    await using double = await httpDouble((request, response) => {
      const head = request.headers.authorization ?? ''
      if (!head.startsWith('Digest '))
        return void response.writeHead(401, { 'www-authenticate': challenge }).end()
      heads.push(head)
      return void (isRight(head, 'admin', 'pass:word"')
        ? response.end(status)
        : response.writeHead(401, { 'www-authenticate': challenge }).end())
    })
    const login = { login: 'digest', user: 'admin', password: { env: 'pass:word"' } } as const
    expect(await ask(plug(double.url, login))).toEqual([
      { ...watts(87.3), energy: { value: 3_600_090_000_000n } },
    ])
    expect(await ask(plug(double.url, { ...login, password: { env: 'wrong' } }))).toBe(
      'credentials: user or password is wrong (status 401)',
    )
    const config = `url = "${double.url}/rpc/Switch.GetStatus?id=0"\nuser = "admin:pass:word\\""\ndigest\nsilent\n`
    expect((await execa('curl', ['--config', '-', '--max-time', '10'], { input: config })).stdout).toBe(
      status,
    )
    expect(heads).toHaveLength(3)
  })

  test('a session that timed out is opened anew, and the last one is closed', async () => {
    const open = new Set<string>()
    let made = 0
    await using double = await httpDouble((request, response) => {
      const token = String(request.headers['x-auth-token'] ?? '')
      if (request.method === 'POST') {
        made += 1
        open.add(`t${made}`)
        const location = `https://other.example/redfish/v1/SessionService/Sessions/${made}`
        return void response.writeHead(201, { 'x-auth-token': `t${made}`, location }).end('{}')
      }
      if (!open.has(token)) return void response.writeHead(401).end()
      if (request.method === 'DELETE') open.delete(`t${request.url?.split('/').at(-1)}`)
      return void response.end(JSON.stringify({ PowerWatts: { Reading: 300 } }))
    })
    const settings = { chassis: '1', reading: 'environment' }
    const login = { login: 'session', user: 'reader', password: { env: 'pw' } } as const
    {
      await using bmc = meter({ kind: 'redfish', settings, connection: { url: double.url, ...login } })
      expect(await bmc.values()).toEqual([watts(300)])
      open.clear()
      expect(await bmc.values()).toEqual([watts(300)])
      expect([...open]).toEqual(['t2'])
    }
    expect([...open]).toEqual([])
    expect(made).toBe(2)
  })
})

/** RFC 7616, 3.4.1, for SHA-256 with qop auth. */
function isRight(head: string, user: string, password: string): boolean {
  const said = Object.fromEntries(
    [...head.matchAll(/(\w+)="?([^",]+)"?/g)].map(([, key = '', value = '']) => [key, value]),
  )
  const of = (text: string): string => createHash('sha256').update(text).digest('hex')
  const secret = of(`${user}:plug-1:${password}`)
  const what = of(`GET:${said['uri']}`)
  return said['response'] === of(`${secret}:60dc2ff4:${said['nc']}:${said['cnonce']}:auth:${what}`)
}
