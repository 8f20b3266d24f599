// PDUs read over SNMP from walks that were recorded of them, and the faults that the protocol can show.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, ask, meter, watts } from '../../testbed/meters/ask.ts'
import { type SnmpAgent, startSnmp, V3 } from '../../testbed/meters/snmp.ts'

const OWN = '1.3.6.1.4.1.99999.1'
const RARITAN = '1.3.6.1.4.1.13742.6'
const EATON = '1.3.6.1.4.1.534.6.6.7.6.5.1'
/** Raritan: outlet 2 of PDU 1 shows tenths of a W; outlet 3 states VA for its power. */
const WALKS = {
  own: [`${OWN}.1|2:writecache|value=57`, `${OWN}.2|70|18446744073709551000`, `${OWN}.3|4|N/A`],
  late: [`${OWN}.1|2:delay|value=57,wait=3500`],
  raritan: [
    ...[2, 3].flatMap(outlet => [
      `${RARITAN}.3.5.4.1.6.1.${outlet}.5|2|${outlet === 2 ? 3 : 4}`,
      `${RARITAN}.3.5.4.1.6.1.${outlet}.8|2|5`,
      `${RARITAN}.3.5.4.1.7.1.${outlet}.5|2|1`,
      `${RARITAN}.3.5.4.1.7.1.${outlet}.8|2|0`,
    ]),
    ...[2, 3].flatMap(outlet => [
      `${RARITAN}.5.4.3.1.4.1.${outlet}.5|66|4127`,
      `${RARITAN}.5.4.3.1.4.1.${outlet}.8|66|905311`,
    ]),
  ],
  eaton: [`${EATON}.3.0.4|2|231`, `${EATON}.4.0.4|2|77123`],
}

let agent: SnmpAgent
beforeAll(async () => {
  agent = await startSnmp(WALKS)
}, 300_000)
afterAll(() => agent?.[Symbol.asyncDispose]())

const at = (walk: string, settings: object, more: object = {}): Asked => ({
  kind: 'snmp',
  settings,
  connection: {
    address: '127.0.0.1',
    port: agent.port,
    login: 'community',
    community: { env: walk },
    ...more,
  },
})
const v3 = (walk: string, more: object = {}): Asked =>
  at(
    walk,
    { device: 'apc-device' },
    {
      login: 'v3',
      user: V3.user,
      password: { env: V3.password },
      privacy: { env: V3.privacy },
      context: walk,
      ...more,
    },
  )
const objects = (...list: object[]) => ({ device: 'objects', objects: list })

describe('PDUs of APC, as recorded', () => {
  test('an AP8641 says 1210 W in steps of ten, 1230 W as it used to, and each outlet by itself', async () => {
    expect(await ask(at('apc-8641', { device: 'apc-device' }))).toEqual([
      { ...watts(1210), energy: { value: 19_516n * 360_000_000_000n } },
    ])
    expect(await ask(at('apc-8641', { device: 'apc-legacy' }))).toEqual([watts(1230)])
    expect(await ask(at('apc-8641', { device: 'apc-outlets', outlets: [1, 3] }))).toEqual([
      { ...watts(163, 'outlet 1'), energy: { value: 3046n * 360_000_000_000n } },
      { ...watts(81, 'outlet 3'), energy: { value: 1530n * 360_000_000_000n } },
    ])
    expect(await agent.get('apc-8641', '1.3.6.1.4.1.318.1.1.12.1.16.0')).toBe('1230')
  })

  test('-1 of an AP7902B is no figure; its older total is one', async () => {
    expect(await ask(at('apc-7902b', { device: 'apc-device' }))).toEqual([
      {
        instance: 'total',
        power: { flaw: 'not positive' },
        energy: { flaw: 'not positive' },
      },
    ])
    expect(await ask(at('apc-7902b', { device: 'apc-legacy' }))).toEqual([watts(192)])
    expect(await ask(at('apc-7902b', { device: 'apc-outlets', outlets: [1] }))).toBe(
      'absent: it has no object for the power of outlet 1',
    )
  })

  test('v3 with authentication and privacy', async () => {
    expect(await ask(v3('apc-8641'))).toMatchObject([watts(1210)])
  })
})

test('Raritan is scaled by its own digits, and another unit than W is no figure of power', async () => {
  expect(await ask(at('raritan', { device: 'raritan-outlets', outlets: [2, 3] }))).toEqual([
    { ...watts(412.7, 'outlet 2'), energy: { value: 905_311n * 3_600_000_000n } },
    { instance: 'outlet 3', energy: { value: 905_311n * 3_600_000_000n } },
  ])
})

test('Eaton, in W and Wh', async () => {
  expect(await ask(at('eaton', { device: 'eaton-outlets', outlets: [4] }))).toEqual([
    { ...watts(231, 'outlet 4'), energy: { value: 77_123n * 3_600_000_000n } },
  ])
})

test('objects of one’s own: what it becomes, counters of 64 bits to the last digit, and text that is no number', async () => {
  const power = { instance: 'rack', power: `${OWN}.1` }
  await using open = meter(at('own', objects(power)))
  expect(await open.values()).toEqual([watts(57, 'rack')])
  await agent.set('own', `${OWN}.1`, 99)
  expect(await open.values()).toEqual([watts(99, 'rack')])
  const counter = { instance: 'rack', energy: `.${OWN}.2`, energy_unit: 'J' }
  expect(await ask(at('own', objects(counter)))).toEqual([
    { instance: 'rack', energy: { value: 18_446_744_073_709_551_000n * 1_000_000n } },
  ])
  expect(await ask(at('own', objects({ instance: 'rack', power: `${OWN}.3` })))).toEqual([
    { instance: 'rack', power: { flaw: 'not a number' } },
  ])
})

describe('faults', () => {
  test('no such object', async () => {
    expect(await ask(at('own', objects({ instance: 'rack', power: `${OWN}.9` })))).toBe(
      'absent: it has no object for the power of rack',
    )
  })

  test('a wrong community is met with silence, as nobody is', async () => {
    const said = 'unreachable: no answer: to a wrong community agents say nothing, as when nobody is there'
    expect(await ask({ ...at('nope', { device: 'apc-legacy' }), seconds: 20 })).toBe(said)
  }, 30_000)

  test('wrong users and passwords of v3 are told apart', async () => {
    expect(await ask(v3('apc-8641', { user: 'nobody' }))).toBe('credentials: it knows no such user')
    expect(await ask(v3('apc-8641', { password: { env: 'something-else' } }))).toMatch(
      /^credentials: the password/,
    )
    expect(await ask(v3('apc-8641', { auth: 'sha256' }))).toMatch(/^credentials: /)
    expect(await ask(v3('apc-8641', { password: { env: 'short' } }))).toMatch(/^credentials: .*8 characters/)
    expect(await ask({ ...v3('apc-8641', { privacy: { env: 'something-else' } }), seconds: 20 })).toMatch(
      /^(?:credentials|unreachable): /,
    )
  }, 60_000)

  test('an agent that takes its time is slow', async () => {
    expect(await ask({ ...at('late', objects({ instance: 'rack', power: `${OWN}.1` })), seconds: 1 })).toBe(
      'slow: no answer within 1 s',
    )
  })

  test.each([
    ['no message of SNMP', Buffer.from('HTTP/1.1 400 Bad Request')],
    // Version 2c, community x, and a report in the place of an answer.
    ['a report', Buffer.from('3011020101040178a8090201000201000201003000', 'hex')],
    // Version 3, flags `authenticated`, user unknown.
    [
      'an answer of another version',
      Buffer.from(
        '302f020103300e0201010203 00ffe3040101020103'.replaceAll(' ', '') +
          '0410300e0400020100020100040004000400' +
          '300804000400a2020500',
        'hex',
      ),
    ],
  ])(
    '%s is garbage, and ends nothing',
    async (_, message) => {
      const double = createSocket('udp4').bind(0, '127.0.0.1')
      await once(double, 'listening')
      double.on('message', (_question, from) => double.send(message, from.port, from.address))
      try {
        const settings = objects({ instance: 'rack', power: `${OWN}.1` })
        expect(await ask({ ...at('own', settings, { port: double.address().port }), seconds: 20 })).toBe(
          'garbage: what came is no answer of SNMP to what was asked',
        )
      } finally {
        double.close()
      }
    },
    30_000,
  )

  test('a name that nobody has', async () => {
    expect(
      await ask(at('own', objects({ instance: 'rack', power: `${OWN}.1` }), { address: 'no.such.invalid' })),
    ).toMatch(/^unreachable: no connection \(E(?:NOTFOUND|AI_AGAIN)\)/)
  })
})
