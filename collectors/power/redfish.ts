import { z } from 'zod'
import {
  type HttpLink,
  MeterError,
  type MeterNature,
  type MeterValue,
  type Said,
} from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { type EnergyUnit, energy, power } from './meter/figures.ts'
import { readJson } from './meter/read-json.ts'

const member = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,100}$/, 'must be the Id of a resource, as its @odata.id ends')

const settings = z
  .strictObject({
    chassis: member
      .optional()
      .describe('Id of the chassis. Default: the only one that has a reading of power.'),
    reading: z
      .enum(['auto', 'environment', 'control', 'supplies', 'sensor'])
      .default('auto')
      .describe(
        'environment: EnvironmentMetrics. control: one PowerControl of the older Power. supplies: sum of the input power of the supplies in Power. sensor: one Sensor. auto: environment, else control.',
      ),
    control: z
      .number()
      .int()
      .min(0)
      .max(99)
      .default(0)
      .describe(
        'Which PowerControl: the first is the whole server, others may be parts of it. They are never summed.',
      ),
    sensor: member.optional().describe('Id of the sensor, with reading: sensor.'),
    side: z
      .enum(['AC input', 'DC output', 'not stated'])
      .default('not stated')
      .describe("Which side of the supplies the BMC's figure is of; makers differ."),
  })
  .superRefine((s, ctx) => {
    const flaw = (path: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message })
    if (s.control > 0 && s.reading !== 'control') flaw('control', 'is used with reading: control alone')
    if (s.reading === 'sensor' && s.sensor === undefined) flaw('sensor', 'is needed with reading: sensor')
    if (s.reading !== 'sensor' && s.sensor !== undefined) flaw('sensor', 'is used with reading: sensor alone')
  })
type Settings = z.output<typeof settings>

/** Power as a BMC says it over Redfish. */
export const redfish = defineMeter({
  id: 'redfish',
  title: 'Redfish (BMC)',
  about:
    "Power of a server as its BMC says it over Redfish: EnvironmentMetrics or a Sensor of newer ones, PowerControl or the supplies in Power of older ones. Several entries of PowerControl are the server and parts of it: one is taken, never their sum. What PowerConsumedWatts is differs between makers (input of the supplies on one, output on another): say which with `side`, or the scope says that it is not stated. The reading is the BMC's own average over a time that it does not tell, so that it lags. Unqualified it is of class E0. Sessions are closed; fields that a BMC leaves out are not needed.",
  link: 'http',
  login: ['session', 'basic', 'none'],
  seconds: { least: 1, usual: 1 },
  settings,
  nature: s => natureOf(s),
  talk: (link, s) => talkTo(link, s),
  read: (said, s) => valuesOf(said, s),
})

const natureOf = (s: Settings): MeterNature => ({
  kind: 'bmc',
  scope: `${whatOf(s)}, ${s.reading === 'supplies' ? 'input of its supplies' : s.side === 'not stated' ? 'side of the supplies not stated' : s.side}`,
  reads: 'instant',
  take: 'power',
})

/** A sensor, and any PowerControl but the first, may be of a part. */
function whatOf({ reading, control, sensor }: Settings): string {
  if (reading === 'sensor') return `what sensor ${sensor} is of`
  return reading === 'control' && control > 0 ? `what PowerControl ${control} is of` : '1 server'
}

const ROOT = '/redfish/v1'
/** Numbers are taken as BMCs write them; some write them as text. */
const figure = z.union([z.number(), z.string()]).nullish()
const Excerpt = z.looseObject({ Reading: figure }).nullish()
const Collection = z.looseObject({
  Members: z.array(z.looseObject({ '@odata.id': z.string().max(500) })).max(1000),
})
const Environment = z.looseObject({ PowerWatts: Excerpt, EnergykWh: Excerpt })
const Sensor = z.looseObject({
  Reading: figure,
  ReadingUnits: z.string().nullish(),
  ReadingType: z.string().nullish(),
  LifetimeReading: figure,
  ReadingTime: z.string().nullish(),
  Accuracy: figure,
  Precision: figure,
  SensingInterval: z.string().nullish(),
  AveragingInterval: z.string().nullish(),
})
const Power = z.looseObject({
  PowerControl: z
    .array(
      z.looseObject({
        PowerConsumedWatts: figure,
        PowerMetrics: z.looseObject({ IntervalInMin: figure, AverageConsumedWatts: figure }).nullish(),
      }),
    )
    .max(100)
    .nullish(),
  PowerSupplies: z
    .array(
      z.looseObject({
        PowerInputWatts: figure,
        Status: z.looseObject({ State: z.string().nullish() }).nullish(),
      }),
    )
    .max(100)
    .nullish(),
})

type Way = Exclude<Settings['reading'], 'auto'>

/** Finds the chassis and the resource once; from then on one request is one poll. */
function talkTo(link: HttpLink, s: Settings): { poll(): Promise<Said> } {
  let found: { readonly chassis: string; readonly way: Way } | null = null
  return {
    async poll() {
      found ??= await find(link, s)
      return ask(link, s, found)
    },
  }
}

async function find(link: HttpLink, s: Settings): Promise<{ readonly chassis: string; readonly way: Way }> {
  const ways: readonly Way[] = s.reading === 'auto' ? ['environment', 'control'] : [s.reading]
  const all = s.chassis === undefined ? await chassisOf(link) : [s.chassis]
  const places = all.flatMap(chassis => ways.map(way => ({ chassis, way })))
  const hits: (typeof places)[number][] = []
  let why: MeterError | null = null
  for (const place of places) {
    // The first way that a chassis knows is its way.
    if (hits.some(hit => hit.chassis === place.chassis)) continue
    try {
      await ask(link, s, place)
      hits.push(place)
    } catch (error) {
      if (!(error instanceof MeterError) || error.fault !== 'absent') throw error
      why = error
    }
  }
  const [first, second] = hits
  if (first === undefined)
    throw places.length === 1 && why !== null
      ? why
      : new MeterError(
          'absent',
          `no chassis${s.chassis === undefined ? '' : ' of that Id'} has a reading of power`,
        )
  if (second !== undefined)
    throw new MeterError(
      'absent',
      `${hits.length} chassis have a reading of power: name one under chassis`,
      `they are ${hits.map(h => h.chassis).join(', ')}`,
    )
  return first
}

async function chassisOf(link: HttpLink): Promise<string[]> {
  const { Members } = await read(link, `${ROOT}/Chassis`, Collection)
  return Members.flatMap(one => {
    const id = one['@odata.id'].split('/').filter(Boolean).at(-1)
    return id !== undefined && member.safeParse(id).success ? [id] : []
  })
}

async function ask(
  link: HttpLink,
  s: Settings,
  { chassis, way }: { readonly chassis: string; readonly way: Way },
): Promise<Said> {
  const base = `${ROOT}/Chassis/${chassis}`
  if (way === 'environment') {
    const { PowerWatts, EnergykWh } = await read(link, `${base}/EnvironmentMetrics`, Environment)
    return some({ PowerWatts: PowerWatts?.Reading, EnergykWh: EnergykWh?.Reading })
  }
  if (way === 'sensor') {
    const sensor = await read(link, `${base}/Sensors/${s.sensor ?? ''}`, Sensor)
    const { ReadingTime, Accuracy, Precision, SensingInterval, AveragingInterval } = sensor
    return some({
      [quantityOf(sensor)]: sensor.Reading,
      ReadingTime,
      Accuracy,
      Precision,
      SensingInterval,
      AveragingInterval,
    })
  }
  const { PowerControl, PowerSupplies } = await read(link, `${base}/Power`, Power)
  if (way === 'control') {
    const one = PowerControl?.[s.control]
    return some({
      PowerWatts: one?.PowerConsumedWatts,
      IntervalInMin: one?.PowerMetrics?.IntervalInMin,
      AverageConsumedWatts: one?.PowerMetrics?.AverageConsumedWatts,
    })
  }
  return supplies(PowerSupplies ?? [])
}

/** Quantities that a sensor may read: values of ReadingType in the schema of Sensor, with the key under which each is kept. */
const QUANTITIES: Readonly<Record<string, string>> = {
  Power: 'PowerWatts',
  EnergyJoules: 'EnergyJoules',
  EnergyWh: 'EnergyWh',
  EnergykWh: 'EnergykWh',
}

/** Without a type the unit must say that it is power. */
function quantityOf({ ReadingType, ReadingUnits }: z.output<typeof Sensor>): string {
  const type = ReadingType ?? (ReadingUnits === 'W' ? 'Power' : '')
  const found = Object.hasOwn(QUANTITIES, type) ? QUANTITIES[type] : undefined
  if (found !== undefined) return found
  const what = type === '' ? 'it does not say what' : `it reads ${type.slice(0, 40)}`
  throw new MeterError('absent', `the sensor reads neither power nor energy (${what})`)
}

/** Input of every supply that is there; one that does not say it leaves the server without a figure: a part is not the whole. */
function supplies(all: NonNullable<z.output<typeof Power>['PowerSupplies']>): Said {
  const there = all.flatMap((supply, i): [string, string][] =>
    supply.Status?.State === 'Absent'
      ? []
      : [[`supply-${i}`, String(supply.PowerInputWatts ?? 'not said').slice(0, 100)]],
  )
  if (there.every(([, text]) => text === 'not said'))
    throw new MeterError('absent', 'no supply says its input power')
  return Object.fromEntries(there)
}

/** What is there, as text. @throws MeterError when there is no figure in it */
function some(figures: Readonly<Record<string, string | number | null | undefined>>): Said {
  const there = Object.entries(figures).flatMap(([key, value]): [string, string][] =>
    value === null || value === undefined ? [] : [[key, String(value).slice(0, 100)]],
  )
  if (!there.some(([key]) => FIGURE.test(key)))
    throw new MeterError('absent', 'the resource has no reading of power')
  return Object.fromEntries(there)
}

const FIGURE = /^(?:PowerWatts|Energy(?:k?Wh|Joules))$/

const read = <T>(link: HttpLink, path: string, shape: z.ZodType<T>): Promise<T> =>
  readJson(link, path, { shape, whose: 'Redfish' })

function valuesOf(said: Said, { reading }: Settings): readonly MeterValue[] {
  if (reading === 'supplies')
    return Object.entries(said).map(([instance, watts]) => ({ instance, power: power(watts) }))
  const watts = said['PowerWatts']
  const [unit, counted] = ENERGY.flatMap(([key, of]): [EnergyUnit, string][] => {
    const text = said[key]
    return text === undefined ? [] : [[of, text]]
  })[0] ?? ['kWh', undefined]
  return [
    {
      instance: 'total',
      ...(watts === undefined ? {} : { power: power(watts) }),
      ...(counted === undefined ? {} : { energy: energy(counted, unit) }),
    },
  ]
}

const ENERGY: readonly (readonly [string, EnergyUnit])[] = [
  ['EnergykWh', 'kWh'],
  ['EnergyWh', 'Wh'],
  ['EnergyJoules', 'J'],
]
