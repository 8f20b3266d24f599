import { z } from 'zod'
import type { MeterFigure, RegisterBlock, RegisterLink, Said } from '../../../harness/model/meter.ts'
import { type EnergyUnit, energy, MICROJOULES, type PowerUnit, power, WATTS } from '../meter/figures.ts'

/** Types of numbers, by how many registers they fill. */
const WORDS = { int16: 1, uint16: 1, int32: 2, uint32: 2, int64: 4, uint64: 4, float32: 2 } as const
export type NumberType = keyof typeof WORDS
const TYPES = Object.keys(WORDS) as [NumberType, ...NumberType[]]

type Unit = PowerUnit | EnergyUnit
const UNITS = [...Object.keys(WATTS), ...Object.keys(MICROJOULES)] as [Unit, ...Unit[]]

/** One figure of a meter, and where it stands. */
export const Register = z
  .strictObject({
    instance: z
      .string()
      .regex(/^[^\p{Cc}]{1,64}$/u, 'must be one line of 1 to 64 characters')
      .default('total')
      .describe('What the figure is of: an outlet, a phase, a feed. Power and energy of one share a name.'),
    table: z
      .enum(['input', 'holding'])
      .default('input')
      .describe('input: 3xxxx in data sheets, function 04. holding: 4xxxx, function 03.'),
    address: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .describe('As it is sent, from 0: register 30053 of a data sheet is 52 as a rule.'),
    type: z.enum(TYPES).default('float32').describe('Type of the number.'),
    words: z
      .enum(['high-first', 'low-first'])
      .default('high-first')
      .describe('Order of its registers; bytes within one are always high first.'),
    scale: z
      .number()
      .refine(
        n => n !== 0 && Math.abs(n) >= 1e-9 && Math.abs(n) <= 1e9 && Number(n.toPrecision(9)) === n,
        'must be between 1e-9 and 1e9, with at most nine digits, and not 0',
      )
      .default(1)
      .describe('Number times this is in unit. Negative: the current transformer is turned round.'),
    unit: z.enum(UNITS).describe('A unit of energy says that it is a counter.'),
  })
  .refine(({ address, type }) => address > 65_535 || address + WORDS[type] <= 65_536, {
    path: ['address'],
    message: 'its registers end beyond 65535',
  })
  .describe('One figure, and where it stands.')
export type Register = z.output<typeof Register>

const isPower = (unit: Unit): unit is PowerUnit => Object.hasOwn(WATTS, unit)

export const quantityOf = ({ unit }: Register): 'power' | 'energy' => (isPower(unit) ? 'power' : 'energy')

/** Name under which the number is kept. */
export const nameOf = (register: Register): string => `${quantityOf(register)} ${register.instance}`

/** Meters of Eastron give 30 numbers of two registers at once; the protocol allows 125 registers. */
const MOST_REGISTERS = 60

/** Registers that follow one another are asked for together: what is asked together is of one time. Nothing between them is touched. */
export function blocksOf(registers: readonly Register[], unit: number): readonly RegisterBlock[] {
  const sorted = registers.toSorted((a, b) => a.table.localeCompare(b.table) || a.address - b.address)
  return sorted.reduce<readonly RegisterBlock[]>((blocks, { table, address, type }) => {
    const last = blocks.at(-1)
    const end = address + WORDS[type]
    if (last !== undefined && last.table === table && address <= last.first + last.count) {
      const count = Math.max(last.first + last.count, end) - last.first
      if (count <= MOST_REGISTERS) return [...blocks.slice(0, -1), { ...last, count }]
    }
    return [...blocks, { unit, table, first: address, count: WORDS[type] }]
  }, [])
}

/** The numbers as the meter has them, before scale and unit. */
export async function askRegisters(
  link: RegisterLink,
  registers: readonly Register[],
  unit: number,
): Promise<Said> {
  const said: Record<string, string> = {}
  for (const block of blocksOf(registers, unit)) {
    const words = await link.read(block)
    for (const register of registers) {
      const from = register.address - block.first
      const to = from + WORDS[register.type]
      if (register.table === block.table && from >= 0 && to <= block.count)
        said[nameOf(register)] = numberOf(words.slice(from, to), register)
    }
  }
  return said
}

/** Registers as a decimal number; every digit of integers is kept. */
export function numberOf(
  words: readonly number[],
  { type, words: order = 'high-first' }: { readonly type: NumberType; readonly words?: Register['words'] },
): string {
  const high = order === 'high-first' ? words : words.toReversed()
  const bits = high.reduce((sum, word) => (sum << 16n) | BigInt(word), 0n)
  if (type !== 'float32') return String(type.startsWith('u') ? bits : BigInt.asIntN(16 * WORDS[type], bits))
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, Number(bits))
  return String(view.getFloat32(0))
}

/** What meters write where there is no number: all bits (without sign), the lowest number (with sign). Floats say so themselves. */
export function isVoid(text: string, type: NumberType): boolean {
  if (type === 'float32') return false
  const bits = BigInt(16 * WORDS[type])
  return text === String(type.startsWith('u') ? (1n << bits) - 1n : -(1n << (bits - 1n)))
}

/** A number as power or energy of its unit. */
export function figureOf(
  text: string | undefined,
  { type, scale, unit }: Register,
): { readonly power: MeterFigure<number> } | { readonly energy: MeterFigure<bigint> } {
  const number = text === undefined || isVoid(text, type) ? undefined : times(text, scale)
  return isPower(unit) ? { power: power(number, unit) } : { energy: energy(number, unit) }
}

const DECIMAL = /^(-?\d{1,30})(?:\.(\d{1,30}))?(?:e([+-]?\d{1,2}))?$/

/** Product of two decimal numbers, exact; undefined where one is none. */
function times(text: string, factor: number): string | undefined {
  if (factor === 1) return text
  const [one, other] = [text, String(factor)].map(number => {
    const [, whole, fraction = '', exponent = '0'] = DECIMAL.exec(number) ?? []
    return whole === undefined
      ? null
      : { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
  })
  if (one == null || other == null) return undefined
  return `${one.digits * other.digits}e${one.exponent + other.exponent}`
}
