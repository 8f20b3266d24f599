import { expect, test } from 'vitest'
import { mqtt } from '../../../collectors/power/mqtt.ts'
import type { MqttLink } from '../../../harness/model/meter.ts'
import { faultOf, polled } from './meter-case.ts'

const broker = (messages: Readonly<Record<string, string>>): MqttLink & { readonly published: string[] } => {
  const published: string[] = []
  return {
    kind: 'mqtt',
    self: 'joulemark-1',
    published,
    async ask({ publish, answers }) {
      if (publish !== null) published.push(`${publish.topic} ${publish.payload}`)
      return new Map(answers.map(topic => [topic, messages[topic] ?? '']))
    },
  }
}

test('Tasmota is asked for what its HTTP is asked for, volt-amperes are not taken', async () => {
  const link = broker({
    'stat/plug1/STATUS10': JSON.stringify({
      StatusSNS: { ENERGY: { Power: 87, ApparentPower: 95, Total: 1.5 } },
    }),
  })
  const { values } = await polled(mqtt, { device: 'tasmota', topic: 'plug1' }, link)
  expect(values).toEqual([{ instance: 'total', power: { value: 87 }, energy: { value: 5_400_000_000_000n } }])
  expect(link.published).toEqual(['cmnd/plug1/STATUS 10'])
})

test('a Shelly answers to a name that nobody else has', async () => {
  const link = broker({ 'joulemark-1/rpc': JSON.stringify({ id: 1, result: { apower: 61.5 } }) })
  const { values } = await polled(
    mqtt,
    { device: 'shelly', topic: 'shellies/a', component: 'pm1', channel: 2 },
    link,
  )
  expect(values).toEqual([{ instance: 'total', power: { value: 61.5 } }])
  expect(link.published).toEqual([
    'shellies/a/rpc {"id":1,"src":"joulemark-1","method":"PM1.GetStatus","params":{"id":2}}',
  ])
  const silent = broker({ 'joulemark-1/rpc': JSON.stringify({ id: 1, result: { output: true } }) })
  expect(await faultOf(mqtt, { device: 'shelly', topic: 'a' }, silent)).toBe(
    'absent: Switch 0 measures no power',
  )
  expect(await faultOf(mqtt, { device: 'shelly', topic: 'a' }, broker({}))).toBe(
    'garbage: not what a Shelly answers',
  )
})

test('of any JSON: by pointers, in the units that were said, and a bare number', async () => {
  const of = (settings: object, message: string) =>
    polled(mqtt, { device: 'json', topic: 't', ...settings }, broker({ t: message })).then(
      done => done.values,
    )
  expect(await of({ power: '/a/0/kw', power_unit: 'kW' }, '{"a":[{"kw":0.25}]}')).toEqual([
    { instance: 'total', power: { value: 250 } },
  ])
  expect(await of({ energy: '/e', energy_unit: 'Wh' }, '{"e":"12.5"}')).toEqual([
    { instance: 'total', energy: { value: 45_000_000_000n } },
  ])
  expect(await of({ power: '' }, '80.5')).toEqual([{ instance: 'total', power: { value: 80.5 } }])
  expect(await of({ power: '/W' }, '{"W":null}')).toEqual([
    { instance: 'total', power: { flaw: 'not a number' } },
  ])
  expect(await of({ power: '/W' }, '{"W":-5}')).toEqual([
    { instance: 'total', power: { flaw: 'not positive' } },
  ])
})

test('what is no figure is not kept: it may be of people and devices', async () => {
  const link = broker({ t: '{"W":{"mac":"00:11:22:33:44:55","ssid":"Home"}}' })
  const { said, values } = await polled(mqtt, { device: 'json', topic: 't', power: '/W' }, link)
  expect(said).toEqual({ power: 'no number' })
  expect(values).toEqual([{ instance: 'total', power: { flaw: 'not a number' } }])
})

test('one that speaks when it likes has readings of the time at which they came', () => {
  expect(mqtt.bind({ device: 'json', topic: 't', power: '/W' }).nature.pushed).toBe(true)
  expect(mqtt.bind({ device: 'tasmota', topic: 't' }).nature.pushed).toBeUndefined()
})

test('topics name hosts and people: they do not get into the plan', () => {
  expect(mqtt.reach).toEqual(['topic'])
})

test.each([
  [{ device: 'json', topic: 't' }, 'power'],
  [{ device: 'tasmota', topic: 't', power: '/W' }, 'power'],
  [{ device: 'tasmota', topic: '#' }, 'topic'],
  [{ device: 'tasmota', topic: 'a/+/b' }, 'topic'],
  [{ device: 'tasmota', topic: 't', channel: 0 }, 'channel'],
  [{ device: 'json', topic: 't', power: 'W' }, 'power'],
  [{ device: 'shelly-gen1', topic: 't', component: 'em' }, 'component'],
])('%j is refused at %s', (settings, path) => {
  expect(mqtt.settings.safeParse(settings).error?.issues[0]?.path[0]).toBe(path)
})
