import { z } from 'zod'
import { MeterError, type MeterValue, type Said } from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { energy, power } from './meter/figures.ts'
import { parsed } from './meter/read-json.ts'

const settings = z.strictObject({
  channel: z
    .number()
    .int()
    .min(1)
    .max(8)
    .default(1)
    .describe('Which of several channels; with one channel it is 1.'),
})

const figures = z.union([z.number(), z.array(z.number())]).optional()
const Status = z.looseObject({
  StatusSNS: z.looseObject({ ENERGY: z.looseObject({ Power: figures, Total: figures }).optional() }),
})

/** Plugs under the firmware Tasmota, over HTTP. */
export const tasmota = defineMeter({
  id: 'tasmota',
  title: 'Tasmota plug (HTTP)',
  about:
    'Power and energy of a plug under the firmware Tasmota, asked with `Status 10` over HTTP (its telemetry over MQTT comes every 300 s by default, too seldom). Its counter of energy has three decimals of a kWh, steps of 3.6 kJ, so that energy is taken from power unless `take` says otherwise. Power is active power, W, on the AC side; ApparentPower is in VA and is not taken. The maker of the plug states no accuracy class as a rule: give `accuracy`, else it is of class E0.',
  link: 'http',
  login: ['none', 'basic'],
  seconds: { least: 1, usual: 1 },
  settings,
  nature: () => ({
    kind: 'wall-meter',
    scope: 'wall AC, what hangs on the plug',
    reads: 'instant',
    take: 'power',
  }),
  talk: (link, { channel }) => ({
    poll: async () => saidByTasmota(await link.get('/cm?cmnd=Status%2010'), channel),
  }),
  read: (said): readonly MeterValue[] => [
    {
      instance: 'total',
      power: power(said['power']),
      ...(said['total'] === undefined ? {} : { energy: energy(said['total'], 'kWh') }),
    },
  ],
})

/** Of what Tasmota says to Status 10. @throws MeterError */
export function saidByTasmota(body: string, channel: number): Said {
  const found = statusOf(body)
  if (found.WARNING !== undefined) throw new MeterError('credentials', 'user or password is wrong')
  if (found.status === null) throw new MeterError('garbage', 'not what Tasmota says to Status 10')
  const { ENERGY } = found.status.StatusSNS
  const watts = at(ENERGY?.Power, channel)
  if (watts === undefined) throw new MeterError('absent', `channel ${channel} measures no power`)
  const total = at(ENERGY?.Total, channel)
  return { power: String(watts), ...(total === undefined ? {} : { total: String(total) }) }
}

const at = (figure: number | number[] | undefined, channel: number): number | undefined =>
  Array.isArray(figure) ? figure[channel - 1] : channel === 1 ? figure : undefined

/** Tasmota answers wrong credentials with status 200 and a warning. */
function statusOf(body: string): {
  readonly status: z.output<typeof Status> | null
  readonly WARNING?: string
} {
  const said = parsed(body)
  const warning = z.looseObject({ WARNING: z.string() }).safeParse(said)
  if (warning.success) return { status: null, WARNING: warning.data.WARNING }
  const found = Status.safeParse(said)
  return { status: found.success ? found.data : null }
}
