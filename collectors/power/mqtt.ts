import { z } from 'zod'
import {
  MeterError,
  type MeterNature,
  type MeterValue,
  type MqttLink,
  type Said,
} from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { ENERGY_UNITS, energy, figureText, POWER_UNITS, power } from './meter/figures.ts'
import { parsed } from './meter/read-json.ts'
import { SHELLY_METHODS, saidBySecond } from './shelly.ts'
import { saidByTasmota } from './tasmota.ts'

const topic = z
  .string()
  .regex(/^[^\p{Cc}#+]{1,200}$/u, 'must be a topic of at most 200 characters, without + and #')
const pointer = z
  .string()
  .regex(
    /^(?:\/[^/\p{Cc}]{1,100}){0,8}$/u,
    'must be a JSON pointer such as /ENERGY/Power, or empty: the message is the number',
  )

const settings = z
  .strictObject({
    device: z
      .enum(['tasmota', 'shelly', 'shelly-gen1', 'json'])
      .describe(
        'tasmota, shelly (generation 2 and later), shelly-gen1: asked over the broker. json: what anybody publishes is waited for.',
      ),
    topic: topic.describe(
      'tasmota: the topic of the device. shelly: its prefix. shelly-gen1: its id, as in shellies/ID. json: the topic itself.',
    ),
    component: z
      .enum(['switch', 'pm1', 'em1', 'em'])
      .optional()
      .describe('Of shelly: what has the reading. Default: switch.'),
    channel: z
      .number()
      .int()
      .min(0)
      .max(15)
      .optional()
      .describe('Number of the switch or relay; tasmota counts from 1. Default: the first.'),
    power: pointer.optional().describe('Of json: where power stands in a message.'),
    power_unit: z.enum(POWER_UNITS).default('W').describe('Unit of it.'),
    energy: pointer.optional().describe('Of json: where a counter of energy stands.'),
    energy_unit: z.enum(ENERGY_UNITS).default('kWh').describe('Unit of it.'),
  })
  .superRefine((s, ctx) => {
    const flaw = (path: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message })
    if (s.device === 'json' && s.power === undefined && s.energy === undefined)
      flaw('power', 'power or energy is needed with device: json')
    for (const key of ['power', 'energy'] as const)
      if (s.device !== 'json' && s[key] !== undefined) flaw(key, 'is used with device: json alone')
    if (s.device !== 'shelly' && s.component !== undefined)
      flaw('component', 'is used with device: shelly alone')
    if (s.device === 'json' && s.channel !== undefined) flaw('channel', 'is not used with device: json')
    if (s.device === 'tasmota' && s.channel === 0) flaw('channel', 'tasmota counts from 1')
  })
type Settings = z.output<typeof settings>

/** Plugs and gateways behind a broker of MQTT. */
export const mqtt = defineMeter({
  id: 'mqtt',
  title: 'MQTT (Shelly, Tasmota, any JSON)',
  about:
    'Power and energy of what is behind a broker of MQTT 3.1.1. Tasmota and Shelly are asked by a message and answer by one, so that it is known when a reading holds, within the time that this took. With `device: json` the next message on a topic is waited for: such a reading holds when it came, how old it was then is not known, and a device that publishes less than once in three of its intervals leaves gaps (Tasmota does every 300 s by default). Messages that the broker retained are of some time before and are not readings. Who may publish on a topic can make figures up: give the device a user of its own.',
  link: 'mqtt',
  login: ['none', 'password'],
  seconds: { least: 1, usual: 1 },
  settings,
  reach: ['topic'],
  nature: natureOf,
  talk: (link, s) => ({ poll: () => ASK[s.device](link, s) }),
  read: (said, s) => [valueOf(said, s)],
})

function natureOf({ device, component = 'switch', power: watts }: Settings): MeterNature {
  const counts =
    device === 'shelly'
      ? component === 'switch' || component === 'pm1'
      : device === 'json' && watts === undefined
  return {
    kind: 'wall-meter',
    scope: device === 'json' ? 'wall AC, what the message is of' : 'wall AC, what hangs on the plug or meter',
    reads: 'instant',
    take: counts ? 'energy' : 'power',
    ...(device === 'json' ? { pushed: true } : {}),
  }
}

const ASK: Readonly<Record<Settings['device'], (link: MqttLink, s: Settings) => Promise<Said>>> = {
  async tasmota(link, s) {
    const answer = `stat/${s.topic}/STATUS10`
    const found = await link.ask({
      publish: { topic: `cmnd/${s.topic}/STATUS`, payload: '10' },
      answers: [answer],
    })
    return saidByTasmota(found.get(answer) ?? '', s.channel ?? 1)
  },
  async shelly(link, { topic: prefix, component = 'switch', channel = 0 }) {
    const answer = `${link.self}/rpc`
    const method = `${SHELLY_METHODS[component]}.GetStatus`
    const payload = JSON.stringify({ id: 1, src: link.self, method, params: { id: channel } })
    const found = await link.ask({ publish: { topic: `${prefix}/rpc`, payload }, answers: [answer] })
    const said = Rpc.safeParse(parsed(found.get(answer) ?? ''))
    if (!said.success) throw new MeterError('garbage', 'not what a Shelly answers')
    if (said.data.error !== undefined)
      throw new MeterError('absent', `it has no ${SHELLY_METHODS[component]} ${channel}`)
    return saidBySecond(said.data.result, { component, channel })
  },
  async 'shelly-gen1'(link, { topic: id, channel = 0 }) {
    const [watts, total] = ['power', 'energy'].map(name => `shellies/${id}/relay/${channel}/${name}`) as [
      string,
      string,
    ]
    const found = await link.ask({
      publish: { topic: `shellies/${id}/command`, payload: 'update' },
      answers: [watts, total],
    })
    return { power: figureText(found.get(watts) ?? ''), total: figureText(found.get(total) ?? '') }
  },
  async json(link, s) {
    const found = await link.ask({ publish: null, answers: [s.topic] })
    const message = parsed(found.get(s.topic) ?? '')
    if (message === null) throw new MeterError('garbage', 'the message is no JSON')
    const at = (where: string | undefined, name: string): Record<string, string> => {
      if (where === undefined) return {}
      const value = pointed(message, where)
      if (value === undefined)
        throw new MeterError('absent', 'the message has no such member', `it has no ${where}`)
      return { [name]: figureText(typeof value === 'string' ? value : JSON.stringify(value)) }
    }
    return { ...at(s.power, 'power'), ...at(s.energy, 'total') }
  },
}

const Rpc = z.looseObject({ result: z.unknown().optional(), error: z.unknown().optional() })

/** RFC 6901, without escapes. */
const pointed = (value: unknown, where: string): unknown =>
  where
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, key)
          ? (at as Record<string, unknown>)[key]
          : undefined,
      value,
    )

const UNITS = { tasmota: 'kWh', shelly: 'Wh', 'shelly-gen1': 'Wmin' } as const

function valueOf(said: Said, s: Settings): MeterValue {
  const unit = s.device === 'json' ? s.energy_unit : UNITS[s.device]
  return {
    instance: 'total',
    ...(said['power'] === undefined ? {} : { power: power(said['power'], s.power_unit) }),
    ...(said['total'] === undefined ? {} : { energy: energy(said['total'], unit) }),
  }
}
