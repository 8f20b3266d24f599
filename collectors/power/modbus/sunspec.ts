import {
  MeterError,
  type MeterTalk,
  type MeterValue,
  type RegisterLink,
  type Said,
} from '../../../harness/model/meter.ts'
import { energy, power } from '../meter/figures.ts'
import { isVoid, type NumberType, numberOf } from './registers.ts'

/** Where a map may begin (SunSpec Device Information Model Specification, 1.1): 40000, 50000 or 0; counted from 1 by some devices. */
const BASES = [40_000, 50_000, 0, 39_999, 40_001, 49_999, 50_001, 1]
/** "SunS" */
const MARK = [0x5375, 0x6e53]
const END = 0xffff
const MOST_MODELS = 64

/** Place of points in a model of meters, its header included, and how many registers from its beginning have them all. */
interface Layout {
  readonly power: readonly [number, NumberType]
  readonly energy: readonly [number, NumberType]
  /** Of power and of energy. */
  readonly scales?: readonly [number, number]
  readonly count: number
}

/** W, W_SF, TotWhImp and TotWh_SF of models 201 to 204; W and TotWhImp of 211 to 214 (github.com/sunspec/models, json/model_203, model_213). */
const INTEGERS: Layout = { power: [18, 'int16'], energy: [46, 'uint32'], scales: [22, 54], count: 55 }
const FLOATS: Layout = { power: [28, 'float32'], energy: [68, 'float32'], count: 70 }

function layoutOf(id: number): Layout | null {
  if (id >= 201 && id <= 204) return INTEGERS
  return id >= 211 && id <= 214 ? FLOATS : null
}

interface Model {
  readonly id: number
  readonly first: number
  readonly length: number
}

/** Looks for the meter's model once, and again when it is not where it was. */
export function sunspecTalk(
  link: RegisterLink,
  o: { readonly unit: number; readonly meter: number | undefined },
): MeterTalk {
  let found: Model | null = null
  const read = (first: number, count: number): Promise<readonly number[]> =>
    link.read({ unit: o.unit, table: 'holding', first, count })
  return {
    async poll() {
      found ??= chosen(await modelsOf(read), o.meter)
      const layout = layoutOf(found.id) ?? INTEGERS
      const words = await orAbsent(read(found.first, layout.count))
      if (words?.[0] !== found.id) {
        found = null
        throw new MeterError('absent', 'its models are no longer where they were')
      }
      return saidOf(words, layout)
    },
  }
}

type Read = (first: number, count: number) => Promise<readonly number[]>

async function modelsOf(read: Read): Promise<readonly Model[]> {
  for (const base of BASES) {
    const mark = await orAbsent(read(base, MARK.length))
    if (mark !== null && MARK.every((word, i) => mark[i] === word)) return walk(read, base + MARK.length)
  }
  throw new MeterError('absent', 'it has no map of SunSpec')
}

/** Some devices have no model that says where the map ends. */
async function walk(read: Read, start: number): Promise<readonly Model[]> {
  const models: Model[] = []
  for (let first = start; models.length < MOST_MODELS && first < END; ) {
    const [id = END, length = 0] = (await orAbsent(read(first, 2))) ?? []
    if (id === END) return models
    models.push({ id, first, length })
    first += 2 + length
  }
  throw new MeterError('garbage', 'its models of SunSpec have no end')
}

/** The same meter may be shown as integers and as floats: several models are never summed in silence. */
function chosen(models: readonly Model[], meter: number | undefined): Model {
  const meters = models.filter(({ id, length }) => length + 2 >= (layoutOf(id)?.count ?? Infinity))
  if (meters.length === 0)
    throw new MeterError('absent', 'it has no model of a meter (201 to 204, 211 to 214)')
  const list = meters.map(({ id }, i) => `${i + 1} is of model ${id}`).join(', ')
  if (meter === undefined && meters.length > 1)
    throw new MeterError('absent', `it has ${meters.length} meters: say which under meter (${list})`)
  const one = meters[(meter ?? 1) - 1]
  if (one === undefined) throw new MeterError('absent', `it has no meter ${meter} (${list})`)
  return one
}

/** null: the device has no such registers. */
const orAbsent = (answer: Promise<readonly number[]>): Promise<readonly number[] | null> =>
  answer.catch((error: unknown) => {
    if (error instanceof MeterError && error.fault === 'absent') return null
    throw error
  })

function saidOf(words: readonly number[], { power: watts, energy: count, scales }: Layout): Said {
  const at = (place: number, type: NumberType): string =>
    numberOf(words.slice(place, place + (type === 'int16' ? 1 : 2)), { type })
  return {
    power: at(...watts),
    energy: at(...count),
    ...(scales === undefined
      ? {}
      : { 'power scale': at(scales[0], 'int16'), 'energy scale': at(scales[1], 'int16') }),
  }
}

/** Figures times their power of ten. */
export function sunspecValues(said: Said): readonly MeterValue[] {
  const scaled = (name: 'power' | 'energy'): string | undefined => {
    const [text, scale] = [said[name], said[`${name} scale`]]
    if (text === undefined || scale === undefined) return text
    return isScale(scale) && !(name === 'power' && isVoid(text, 'int16')) ? `${text}e${scale}` : undefined
  }
  return [{ instance: 'total', power: power(scaled('power')), energy: energy(scaled('energy'), 'Wh') }]
}

/** sunssf: -10 to 10; anything else says that there is none. */
const isScale = (text: string): boolean => /^-?\d{1,2}$/.test(text) && Math.abs(Number(text)) <= 10
