import { z } from 'zod'
import { MeterError, type MeterValue, type Said } from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { power } from './meter/figures.ts'

const settings = z
  .strictObject({
    reading: z
      .enum(['dcmi', 'sensors'])
      .default('dcmi')
      .describe('dcmi: the power reading of DCMI. sensors: sensors of the BMC in Watts, by name.'),
    sensors: z
      .array(
        z
          .string()
          .regex(
            /^[\x21-\x7e](?:[\x20-\x7e]{0,14}[\x21-\x7e])?$/,
            'must be the name of a sensor, as `ipmitool sdr list` shows it',
          ),
      )
      .min(1)
      .max(16)
      .optional()
      .describe('Names of sensors, with reading: sensors; each is one instance.'),
  })
  .superRefine((s, ctx) => {
    const flaw = (message: string): void => ctx.addIssue({ code: 'custom', path: ['sensors'], message })
    if (s.reading === 'sensors' && s.sensors === undefined) flaw('is needed with reading: sensors')
    if (s.reading === 'dcmi' && s.sensors !== undefined) flaw('is used with reading: sensors alone')
  })

/** Power as a BMC says it over IPMI. */
export const ipmi = defineMeter({
  id: 'ipmi',
  title: 'IPMI (BMC)',
  about:
    'Power of a server as its BMC says it over IPMI 2.0, by the program ipmitool on the controller: the power reading of DCMI, whole W, or sensors in Watts. Over what time the reading is averaged is not told (the period that DCMI gives belongs to its least, most and mean), most BMCs have something new once a second or less, and which side of the supplies it is of is not stated: say what is known with `scope`. A sensor is one byte times a factor, so that it comes in steps of some W. Unqualified it is of class E0. DCMI wants the privilege `user` by its specification; some BMCs want `operator`.',
  link: 'ipmi',
  login: ['ipmi'],
  seconds: { least: 1, usual: 2 },
  settings,
  nature: s => ({
    kind: 'bmc',
    scope: `${s.reading === 'dcmi' ? '1 server' : `what ${(s.sensors ?? []).join(', ')} ${s.sensors?.length === 1 ? 'is' : 'are'} of`}, side of the supplies not stated`,
    reads: 'instant',
    take: 'power',
    ...(s.reading === 'dcmi' ? { resolution: 1 } : {}),
  }),
  talk: (link, s) => ({
    async poll() {
      if (s.reading === 'dcmi') return dcmiOf(await link.run(GET_POWER_READING))
      return sensorsOf(await link.run(['-c', 'sdr', 'list', 'full']), s.sensors ?? [])
    },
  }),
  read: (said, s): readonly MeterValue[] =>
    s.reading === 'dcmi'
      ? [{ instance: 'total', power: power(said['watts']) }]
      : Object.entries(said).map(([instance, watts]) => ({ instance, power: power(watts) })),
})

/** Network function 0x2c, command 2, mode 1: DCMI 1.5, 6.6.1. */
const GET_POWER_READING = ['raw', '0x2c', '0x02', '0xdc', '0x01', '0x00', '0x00'] as const

/** Group, then words of 16 bits now, least, most, mean (W), of 32 bits the BMC's time (s) and the period (ms), state: DCMI 1.5, table 6-17. */
function dcmiOf(text: string): Said {
  const words = text.trim().split(/\s+/)
  const bytes = words.map(word => (/^[0-9a-f]{2}$/i.test(word) ? Number.parseInt(word, 16) : Number.NaN))
  if (bytes.length !== 18 || bytes.some(Number.isNaN) || bytes[0] !== 0xdc)
    throw new MeterError('garbage', 'not what DCMI says of power')
  const at = (from: number, count: number): string =>
    String(bytes.slice(from, from + count).reduce((sum, byte, i) => sum + byte * 256 ** i, 0))
  if (((bytes[17] ?? 0) & 0x40) === 0) throw new MeterError('absent', 'its power measurement is switched off')
  return { watts: at(1, 2), average: at(7, 2), stamp: at(9, 4), period_ms: at(13, 4) }
}

/** Lines of `name,reading,unit,state`. */
function sensorsOf(text: string, wanted: readonly string[]): Said {
  const lines = text.split('\n').map(line => line.trim().split(','))
  return Object.fromEntries(
    wanted.map(name => {
      const [, reading = '', unit = '', state = ''] = lines.find(([first]) => first === name) ?? []
      if (state === '') throw new MeterError('absent', `it has no sensor ${name}`)
      if (unit !== '' && unit !== 'Watts')
        throw new MeterError('absent', `sensor ${name} is no sensor of power`)
      // ns: no reading now; kept, and no figure.
      return [name, state === 'ok' || /^\d/.test(reading) ? reading : `no reading (${state})`.slice(0, 40)]
    }),
  )
}
