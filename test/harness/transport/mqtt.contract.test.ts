// Meters behind a real broker of MQTT, and the faults that the protocol can show.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, ask, meter, watts } from '../../testbed/meters/ask.ts'
import { type Mosquitto, READER, startMosquitto } from '../../testbed/meters/mosquitto.ts'
import { freePort } from '../../testbed/meters/server.ts'

const dir = mkdtempSync(join(tmpdir(), 'joulemark-mqtt-'))
const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
let broker: Mosquitto
let device: MqttClient

beforeAll(async () => {
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
      '-subj',
      '/CN=broker.invalid',
    ],
    { stdio: 'ignore' },
  )
  broker = await startMosquitto({ tls: { cert, key } })
  device = await broker.device()
})
afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const at = (settings: object, more: object = {}): Asked => ({
  kind: 'mqtt',
  settings,
  connection: {
    url: broker.url,
    login: 'password',
    user: READER.user,
    password: { env: READER.password },
    ...more,
  },
})

/** What a device does with messages on a topic, until it is told to stop. */
async function answering(
  topic: string,
  answer: (payload: string) => readonly (readonly [string, string])[],
): Promise<AsyncDisposable> {
  await device.subscribeAsync(topic)
  const on = (to: string, payload: Buffer): void => {
    if (to === topic) for (const [where, what] of answer(payload.toString())) device.publish(where, what)
  }
  device.on('message', on)
  return {
    async [Symbol.asyncDispose]() {
      device.off('message', on)
      await device.unsubscribeAsync(topic)
    },
  }
}

const TASMOTA = {
  StatusSNS: { Time: '2026-11-27T12:00:00', ENERGY: { Total: 12.345, Power: 87, ApparentPower: 95 } },
}

describe('devices that are asked', () => {
  test('Tasmota, and only after it was asked', async () => {
    await using _ = await answering('cmnd/plug1/STATUS', payload =>
      payload === '10' ? [['stat/plug1/STATUS10', JSON.stringify(TASMOTA)]] : [],
    )
    await device.publishAsync('stat/plug1/STATUS10', '{"StatusSNS":{"ENERGY":{"Power":1}}}', { retain: true })
    await using open = meter(at({ device: 'tasmota', topic: 'plug1' }))
    const values = [{ ...watts(87), energy: { value: 12_345n * 3_600_000_000n } }]
    expect(await open.values()).toEqual(values)
    expect(await open.values()).toEqual(values)
    await device.publishAsync('stat/plug1/STATUS10', '', { retain: true })
  })

  test('Shelly of generation 2, which answers to a topic of ours', async () => {
    await using _ = await answering('shellyplus-1/rpc', payload => {
      const { id, src, method, params } = JSON.parse(payload) as {
        readonly id: number
        readonly src: string
        readonly method: string
        readonly params: { readonly id: number }
      }
      const known = method === 'Switch.GetStatus' && params.id === 0
      const result = { id: 0, output: true, apower: 87.3, aenergy: { total: 1000.025 } }
      const error = { code: 404, message: 'no handler' }
      return [
        [
          `${src}/rpc`,
          JSON.stringify({ id, src: 'shellyplus-1', dst: src, ...(known ? { result } : { error }) }),
        ],
      ]
    })
    const settings = { device: 'shelly', topic: 'shellyplus-1' }
    expect(await ask(at(settings))).toEqual([{ ...watts(87.3), energy: { value: 3_600_090_000_000n } }])
    expect(await ask(at({ ...settings, channel: 3 }))).toBe('absent: it has no Switch 3')
  })

  test('Shelly of generation 1: both its messages, in watt-minutes', async () => {
    await using _ = await answering('shellies/plug-s/command', payload =>
      payload === 'update'
        ? [
            ['shellies/plug-s/relay/0/power', '61.5'],
            ['shellies/plug-s/relay/0/energy', '7200'],
          ]
        : [],
    )
    expect(await ask(at({ device: 'shelly-gen1', topic: 'plug-s' }))).toEqual([
      { ...watts(61.5), energy: { value: 432_000_000_000n } },
    ])
  })
})

test('what anybody publishes: the next message, not one that was retained', async () => {
  await device.publishAsync('tele/rack/SENSOR', '{"ENERGY":{"Power":1}}', { retain: true })
  await using open = meter(
    at({ device: 'json', topic: 'tele/rack/SENSOR', power: '/ENERGY/Power', energy: '/ENERGY/Total' }),
  )
  const asked = open.values()
  await sleep(300)
  device.publish('tele/rack/SENSOR', JSON.stringify({ ENERGY: { Power: 231.5, Total: 7 } }))
  expect(await asked).toEqual([{ ...watts(231.5), energy: { value: 25_200_000_000_000n } }])
  await device.publishAsync('tele/rack/SENSOR', '', { retain: true })
})

describe('faults', () => {
  const json = { device: 'json', topic: 'tele/rack/SENSOR', power: '/W' }
  /** With a message every 100 ms. */
  async function publishing(payload: string, act: () => Promise<unknown>): Promise<unknown> {
    const timer = setInterval(() => device.publish('tele/rack/SENSOR', payload), 100)
    try {
      return await act()
    } finally {
      clearInterval(timer)
    }
  }

  test('wrong password, and a topic that this user may not listen to', async () => {
    expect(await ask(at(json, { password: { env: 'nope' } }))).toMatch(/^credentials: /)
    expect(await ask(at({ ...json, topic: 'secret/rack' }))).toBe(
      'forbidden: the broker does not let this user listen to the topic',
    )
  })

  test('silence, nobody there, and a broker that says nothing', async () => {
    expect(await ask({ ...at(json), seconds: 1 })).toBe('slow: no answer within 1 s')
    expect(await ask(at(json, { url: `mqtt://127.0.0.1:${await freePort()}` }))).toBe(
      'unreachable: no connection (ECONNREFUSED)',
    )
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise(resolve => mute.once('listening', resolve))
    expect(
      await ask({
        ...at(json, { url: `mqtt://127.0.0.1:${(mute.address() as AddressInfo).port}` }),
        seconds: 1,
      }),
    ).toMatch(/^slow: /)
    mute.close()
  })

  test('what is no broker, no JSON, no number, or too much', async () => {
    const web = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
    await new Promise(resolve => web.once('listening', resolve))
    expect(await ask(at(json, { url: `mqtt://127.0.0.1:${(web.address() as AddressInfo).port}` }))).toMatch(
      /^(?:garbage|unreachable): /,
    )
    web.close()
    expect(await publishing('offline', () => ask(at(json)))).toBe('garbage: the message is no JSON')
    expect(await publishing('{"V":230}', () => ask(at(json)))).toBe('absent: the message has no such member')
    expect(await publishing('{"W":"N/A"}', () => ask(at(json)))).toEqual([
      { instance: 'total', power: { flaw: 'not a number' } },
    ])
    expect(await publishing(JSON.stringify({ W: 1, x: 'y'.repeat(200_000) }), () => ask(at(json)))).toMatch(
      /^garbage: a message of more than 65536 bytes/,
    )
  })

  test('with TLS the certificate must be the one that is named; before that nothing is sent', async () => {
    const { fingerprint256 } = new X509Certificate(readFileSync(cert))
    const tls = (more: object) => publishing('{"W":80}', () => ask(at(json, { url: broker.tlsUrl, ...more })))
    expect(await tls({})).toMatch(/^certificate: its certificate was not accepted/)
    expect(await tls({ fingerprint: `SHA256:${fingerprint256}` })).toEqual([watts(80)])
    expect(await tls({ fingerprint: `SHA256:${fingerprint256.replace(/^../, '00')}` })).toBe(
      'certificate: its certificate has another fingerprint',
    )
    expect(await tls({ url: broker.url.replace('mqtt:', 'mqtts:') })).toMatch(/^(?:garbage|unreachable): /)
  })

  test('a broker that was away is asked again', async () => {
    await using open = meter(at(json))
    expect(await publishing('{"W":80}', () => open.values())).toEqual([watts(80)])
    await broker.restart()
    const again = async (): Promise<unknown> => {
      for (let i = 0; i < 20; i += 1) {
        const found = await open.values().catch(() => null)
        if (found !== null) return found
        await sleep(200)
      }
      return null
    }
    expect(await publishing('{"W":81}', again)).toEqual([watts(81)])
  })
})
