import { type MeterFigure, MOST_WATTS } from '../../../harness/model/meter.ts'
import { Unreadable } from '../../parse/text.ts'

/** Digits before and after the point, and a power of ten. */
const DECIMAL = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/

/** Units of energy by the µJ that they hold. */
export const MICROJOULES = {
  uJ: 1n,
  mJ: 1_000n,
  J: 1_000_000n,
  kJ: 1_000_000_000n,
  Wh: 3_600_000_000n,
  kWh: 3_600_000_000_000n,
  /** Watt-minutes. */
  Wmin: 60_000_000n,
} as const
export type EnergyUnit = keyof typeof MICROJOULES
export const ENERGY_UNITS = Object.keys(MICROJOULES) as EnergyUnit[]

/** Units of power by how many of them are one W. */
export const WATTS = { W: 1, mW: 1e3, uW: 1e6, kW: 1e-3 } as const
export type PowerUnit = keyof typeof WATTS
export const POWER_UNITS = Object.keys(WATTS) as PowerUnit[]

/**
 * Power as a meter wrote it. A machine that runs takes some: 0 and less are no reading, and neither is what is no number (N/A).
 * @param per counts that are one unit, e.g. 100 for hundredths of kW
 */
export function power(text: string | undefined, unit: PowerUnit = 'W', per = 1): MeterFigure<number> {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) return { flaw: 'not a number' }
  const watts = value / (WATTS[unit] * per)
  if (watts > MOST_WATTS) return { flaw: 'beyond any machine' }
  return watts > 0 ? { value: watts } : { flaw: 'not positive' }
}

/**
 * A counter of energy as a meter wrote it, in whole µJ, rounded down: its decimal digits are taken as they are, so that no difference is
 * lost to the size of the counter.
 * @param o.per units of the counter in one unit of energy, e.g. 10 for tenths of kWh
 */
export function energy(
  text: string | undefined,
  unit: EnergyUnit,
  o: { readonly per?: bigint } = {},
): MeterFigure<bigint> {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text?.trim() ?? '') ?? []
  if (sign === undefined) return { flaw: 'not a number' }
  const digits = BigInt(whole + fraction)
  if (sign === '-' && digits !== 0n) return { flaw: 'not positive' }
  const shift = Number(exponent) - fraction.length
  const scaled = digits * MICROJOULES[unit]
  const value = shift >= 0 ? scaled * 10n ** BigInt(shift) : scaled / 10n ** BigInt(-shift)
  return { value: value / (o.per ?? 1n) }
}

/** Text as JSON. @throws Unreadable */
export function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Unreadable(`${what} is no JSON`)
  }
}

const NUMBER = /^[+-]?(?:\d{1,40}|\d{0,40}\.\d{0,40})(?:e[+-]?\d{1,3})?$/i
const NO_NUMBER = /^(?:-{0,10}|n\/?a|[+-]?nan|[+-]?inf(?:inity)?|null|none|unknown|unavailable|error)$/i

/** What is kept of a figure that may be any text: numbers and the usual words for none. Other text may be of people and devices. */
export const figureText = (text: string): string =>
  NUMBER.test(text.trim()) || NO_NUMBER.test(text.trim()) ? text.trim() : 'no number'
