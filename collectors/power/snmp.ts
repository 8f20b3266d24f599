import { z } from 'zod'
import { MeterError, type MeterValue, type Said, type SnmpLink } from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { ENERGY_UNITS, energy, figureText, POWER_UNITS, power } from './meter/figures.ts'
import { DEVICES, type Device, type Figure } from './snmp/devices.ts'

const oid = z
  .string()
  .regex(
    /^\.?1(?:\.\d{1,10}){2,63}$/,
    'must be an object identifier in figures, such as 1.3.6.1.4.1.318.1.1.12.1.16.0',
  )
  .transform(text => text.replace(/^\./, ''))

const perUnit = z.number().int().positive().max(1e6).default(1)

const settings = z
  .strictObject({
    device: z
      .enum([
        'apc-legacy',
        'apc-device',
        'apc-outlets',
        'raritan-inlet',
        'raritan-outlets',
        'eaton-outlets',
        'objects',
      ])
      .describe(
        'apc-legacy: rPDU, the whole PDU, in W. apc-device: rPDU2, the whole PDU, in steps of 10 W. apc-outlets: rPDU2 with meters at outlets. raritan-inlet, raritan-outlets: PDU2. eaton-outlets: ePDU G3. objects: those of `objects`.',
      ),
    unit: z
      .number()
      .int()
      .min(0)
      .max(255)
      .optional()
      .describe('Which of several PDUs in a chain. Default: the first (1; Eaton 0).'),
    outlets: z
      .array(z.number().int().min(1).max(255))
      .min(1)
      .max(64)
      .optional()
      .describe('Outlets (raritan-inlet: inlets, default 1), each an instance.'),
    objects: z
      .array(
        z
          .strictObject({
            instance: z
              .string()
              .regex(/^[\p{L}\p{N} ._-]{1,60}$/u, 'must be a short name')
              .describe('Name of what the objects are of.'),
            power: oid.optional().describe('Object with power.'),
            power_unit: z.enum(POWER_UNITS).default('W').describe('Its unit.'),
            power_per: perUnit.describe('Counts that are one unit: 10 for tenths.'),
            energy: oid.optional().describe('Object with a counter of energy.'),
            energy_unit: z.enum(ENERGY_UNITS).default('kWh').describe('Its unit.'),
            energy_per: perUnit.describe('Counts that are one unit: 10 for tenths.'),
          })
          .refine(one => one.power !== undefined || one.energy !== undefined, 'needs power or energy'),
      )
      .min(1)
      .max(64)
      .optional()
      .describe(
        'With device: objects, each an instance: object identifiers of `power` or `energy`, with `power_unit`, `power_per`, `energy_unit`, `energy_per`.',
      ),
  })
  .superRefine((s, ctx) => {
    const flaw = (path: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message })
    const each = s.device.endsWith('-outlets')
    if (each && s.outlets === undefined) flaw('outlets', `is needed with device: ${s.device}`)
    if (!each && s.device !== 'raritan-inlet' && s.outlets !== undefined)
      flaw('outlets', `is not used with device: ${s.device}`)
    if (s.unit !== undefined && UNITLESS.has(s.device)) flaw('unit', `is not used with device: ${s.device}`)
    if (new Set(s.outlets).size < (s.outlets?.length ?? 0)) flaw('outlets', 'one is there twice')
    const names = (s.objects ?? []).map(one => one.instance)
    if (new Set(names).size < names.length)
      flaw('objects', 'two have the same instance: give each a name of its own, `behind` sums them')
    if ((s.device === 'objects') !== (s.objects !== undefined))
      flaw(
        'objects',
        s.device === 'objects' ? 'is needed with device: objects' : 'is used with device: objects alone',
      )
  })
/** Their indexes run over all units, or know none. */
const UNITLESS = new Set<string>(['apc-legacy', 'apc-outlets', 'objects'])
type Settings = z.output<typeof settings>

/** PDUs over SNMP. */
export const snmp = defineMeter({
  id: 'snmp',
  title: 'SNMP (PDU)',
  about:
    'Power and energy of a PDU or of its outlets over SNMP v2c or v3: APC (rPDU2, and the older total in W, which is finer than the 10 W steps of rPDU2), Raritan (scaled by the digits and checked by the unit that the device itself states), Eaton, or objects of your own. Counters of energy come in steps of 0.1 kWh or 1 Wh, so that power is taken unless `take` says otherwise. −1 and objects that are not there are no figures; an outlet with little load may show 0 W, which is none either. VA is never taken for W. A community goes over the network as it is: prefer v3. APC states ±3 % and a digit for AP8xxx, not below 0.5 A (Schneider Electric FA156074): give `accuracy`, else it is of class E0.',
  link: 'snmp',
  login: ['community', 'v3'],
  seconds: { least: 1, usual: 2 },
  settings,
  nature: s => {
    const { resolution } = deviceOf(s)
    return {
      kind: 'wall-meter',
      scope: scopeOf(s),
      reads: 'instant',
      take: 'power',
      ...(resolution === undefined ? {} : { resolution }),
    }
  },
  talk: (link, s) => ({ poll: () => ask(link, s) }),
  read: (said, s) => valuesOf(said, s),
})

const deviceOf = (s: Settings): Device =>
  s.device === 'objects'
    ? {
        figures: (s.objects ?? []).map(one => ({
          instance: one.instance,
          ...(one.power === undefined
            ? {}
            : { power: { oid: one.power, unit: one.power_unit, per: one.power_per } }),
          ...(one.energy === undefined
            ? {}
            : { energy: { oid: one.energy, unit: one.energy_unit, per: one.energy_per } }),
        })),
      }
    : DEVICES[s.device](s)

function scopeOf({ device, outlets = [] }: Settings): string {
  if (device.endsWith('-outlets'))
    return `wall AC, ${outlets.length === 1 ? 'an outlet' : `${outlets.length} outlets`}`
  if (device === 'raritan-inlet')
    return `wall AC, ${Math.max(1, outlets.length) === 1 ? 'an inlet' : `${outlets.length} inlets`} of a PDU`
  return device === 'objects' ? 'wall AC, what these objects are of' : 'wall AC, all that the PDU feeds'
}

/** Keys of what is kept: instance and what it is. */
const key = ({ instance }: Figure, what: string): string => `${instance}/${what}`

function wantedOf(s: Settings): ReadonlyMap<string, string> {
  const { figures } = deviceOf(s)
  return new Map(
    figures.flatMap(figure =>
      (['power', 'energy'] as const).flatMap((quantity): [string, string][] => {
        const object = figure[quantity]
        if (object === undefined) return []
        const { digits, unitOf } = object
        return [
          [key(figure, quantity), object.oid],
          ...(digits === undefined ? [] : [[key(figure, `${quantity} digits`), digits] as [string, string]]),
          ...(unitOf === undefined
            ? []
            : [[key(figure, `${quantity} unit`), unitOf.oid] as [string, string]]),
        ]
      }),
    ),
  )
}

async function ask(link: SnmpLink, s: Settings): Promise<Said> {
  const wanted = wantedOf(s)
  const found = await link.get([...wanted.values()])
  const said: Record<string, string> = {}
  for (const [name, oid] of wanted) {
    const value = found.get(oid)
    if (value !== undefined) said[name] = figureText(value)
  }
  for (const figure of deviceOf(s).figures)
    if (said[key(figure, 'power')] === undefined && said[key(figure, 'energy')] === undefined)
      throw new MeterError('absent', `it has no object for the power of ${figure.instance}`)
  return said
}

function valuesOf(said: Said, s: Settings): readonly MeterValue[] {
  return deviceOf(s).figures.map((figure): MeterValue => {
    const { instance } = figure
    const scale = (quantity: 'power' | 'energy'): number | null => {
      const object = figure[quantity]
      if (object === undefined || said[key(figure, quantity)] === undefined) return null
      const { unitOf, digits } = object
      // A unit that the device does not state as it should: what it shows is something else.
      if (unitOf !== undefined && said[key(figure, `${quantity} unit`)] !== unitOf.is) return null
      if (digits === undefined) return object.per
      const count = Number(said[key(figure, `${quantity} digits`)] ?? Number.NaN)
      return Number.isInteger(count) && count >= 0 && count <= 9 ? 10 ** count : null
    }
    const [watts, counted] = [scale('power'), scale('energy')]
    return {
      instance,
      ...(figure.power !== undefined && watts !== null
        ? { power: power(said[key(figure, 'power')], figure.power.unit, watts) }
        : {}),
      ...(figure.energy !== undefined && counted !== null
        ? { energy: energy(said[key(figure, 'energy')], figure.energy.unit, { per: BigInt(counted) }) }
        : {}),
    }
  })
}
