/** Numbers for people. Everything is in base units until here; no locale of the machine is ever asked. */

const MINUS = '−'

/** Below a picojoule or picowatt a figure is the rounding error of a difference. */
const NOTHING = 1e-12

/** Groups the digits before the point by commas. */
const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** A number with a fixed count of decimals, grouped, with a true minus. `-0` is `0`. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  const [whole = '0', part] = text.split('.')
  const body = part === undefined ? group(whole) : `${group(whole)}.${part}`
  return value < 0 && /[1-9]/.test(body) ? `${MINUS}${body}` : body
}

/** Decimals that give `digits` significant digits to `magnitude`; never negative, at most 9. */
export function decimalsFor(magnitude: number, digits: number): number {
  if (!Number.isFinite(magnitude) || Math.abs(magnitude) < NOTHING) return 0
  return Math.min(9, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(magnitude)) + 1e-12)))
}

/** A number at so many significant digits, without exponent. */
export const significant = (value: number, digits = 3): string => fixed(value, decimalsFor(value, digits))

export interface Scale {
  readonly factor: number
  readonly unit: string
}

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
]

/** The SI prefix at which `magnitude` (in the base unit) is between 1 and 1,000; 0 keeps the base unit. */
export function scaleFor(magnitude: number, unit: string): Scale {
  const size = Math.abs(magnitude)
  if (size < NOTHING || !Number.isFinite(size)) return { factor: 1, unit }
  const found = PREFIXES.find(([factor]) => size >= factor * 0.9995) ?? ([1e-6, 'µ'] as const)
  return { factor: found[0], unit: `${found[1]}${unit}` }
}

const BINARY: readonly (readonly [number, string])[] = [
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
]

/** Bytes with a binary prefix (IEC 80000-13). */
export function bytesText(value: number): string {
  const found = BINARY.find(([factor]) => Math.abs(value) >= factor) ?? ([1, 'B'] as const)
  return `${found[0] === 1 ? fixed(value, 0) : significant(value / found[0], 3)} ${found[1]}`
}

/** A share as per cent. */
export function percentText(share: number, digits = 2): string {
  const value = share * 100
  return `${value === 0 ? '0' : significant(value, Math.abs(value) >= 100 ? 3 : digits)} %`
}

/** Seconds as `4:05` or `1:02:07`, for lengths. */
export function clockText(seconds: number): string {
  const whole = Math.round(seconds)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** A time of day with its date, in UTC and, when it is another, in the campaign's zone. */
export function timeText(microsSinceEpoch: number, zone: string): string {
  const date = new Date(microsSinceEpoch / 1000)
  const utc = `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  if (zone === 'UTC' || zone === 'Etc/UTC') return utc
  const local = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(date)
  return `${utc} (${local} ${zone})`
}
