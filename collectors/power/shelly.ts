import { z } from 'zod'
import { type HttpLink, MeterError, type MeterValue, type Said } from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { energy, power } from './meter/figures.ts'
import { parsed, readJson } from './meter/read-json.ts'

const settings = z.strictObject({
  generation: z
    .enum(['1', '2'])
    .default('2')
    .describe('1: /meter/N of the first generation. 2: /rpc of all later ones.'),
  component: z
    .enum(['switch', 'pm1', 'em1', 'em'])
    .default('switch')
    .describe('Of generation 2: which component has the reading.'),
  channel: z.number().int().min(0).max(15).default(0).describe('Number of the switch, meter or relay.'),
})
type Settings = z.output<typeof settings>

/** Smart plugs and meters of Shelly, over HTTP. */
export const shelly = defineMeter({
  id: 'shelly',
  title: 'Shelly plug or meter (HTTP)',
  about:
    'Power and energy of a Shelly over its local HTTP interface: Switch, PM1, EM1 and EM of generation 2 and later, /meter of generation 1. Energy is taken from its counter where there is one (Wh with three decimals in generation 2; whole watt-minutes in generation 1, where power is taken instead). Power is active power, W, on the AC side. The maker states no accuracy class: give `accuracy` from a data sheet or a comparison, else it is of class E0.',
  link: 'http',
  login: ['none', 'basic', 'digest'],
  seconds: { least: 1, usual: 1 },
  settings,
  nature: ({ generation, component }) => ({
    kind: 'wall-meter',
    scope: 'wall AC, what hangs on the plug or meter',
    reads: 'instant',
    take: generation === '2' && (component === 'switch' || component === 'pm1') ? 'energy' : 'power',
  }),
  talk: (link, s) => ({ poll: () => (s.generation === '1' ? first(link, s) : second(link, s)) }),
  read: (said, s) => [valueOf(said, s)],
})

const number = z.number()
const Gen1 = z.looseObject({ power: number, is_valid: z.boolean().optional(), total: number.optional() })
const Gen2 = z.looseObject({
  apower: number.optional(),
  act_power: number.optional(),
  total_act_power: number.optional(),
  aenergy: z.looseObject({ total: number }).optional(),
})
/** Components of generation 2 as its methods name them. */
export const SHELLY_METHODS = { switch: 'Switch', pm1: 'PM1', em1: 'EM1', em: 'EM' } as const

async function first(link: HttpLink, { channel }: Settings): Promise<Said> {
  const found = await readJson(link, `/meter/${channel}`, { shape: Gen1, whose: 'a Shelly' })
  return {
    power: found.is_valid === false ? 'not valid' : String(found.power),
    ...(found.total === undefined ? {} : { total: String(found.total) }),
  }
}

const second = async (link: HttpLink, s: Settings): Promise<Said> =>
  saidBySecond(parsed(await link.get(`/rpc/${SHELLY_METHODS[s.component]}.GetStatus?id=${s.channel}`)), s)

/** Of what a component of generation 2 says of itself. @throws MeterError */
export function saidBySecond(
  status: unknown,
  { component, channel }: Pick<Settings, 'component' | 'channel'>,
): Said {
  const read = Gen2.safeParse(status)
  if (!read.success) throw new MeterError('garbage', 'not what a Shelly says of itself')
  const found = read.data
  const watts = found.apower ?? found.act_power ?? found.total_act_power
  const { aenergy } = found
  if (watts === undefined && aenergy === undefined)
    throw new MeterError('absent', `${SHELLY_METHODS[component]} ${channel} measures no power`)
  return {
    ...(watts === undefined ? {} : { power: String(watts) }),
    ...(aenergy === undefined ? {} : { total: String(aenergy.total) }),
  }
}

const valueOf = (said: Said, { generation }: Settings): MeterValue => ({
  instance: 'total',
  power: power(said['power']),
  ...(said['total'] === undefined
    ? {}
    : { energy: energy(said['total'], generation === '1' ? 'Wmin' : 'Wh') }),
})
