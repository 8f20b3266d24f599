/** What a clock showed. */
export interface Stamp {
  /** As if it were UTC, µs. */
  readonly shown: number
  /** What it is ahead of UTC, ms, where the text says so. */
  readonly offset: number | null
}

const PIECES: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<YYYY>\d{4})`,
  YY: String.raw`(?<YY>\d{2})`,
  MM: String.raw`(?<MM>\d{1,2})`,
  DD: String.raw`(?<DD>\d{1,2})`,
  HH: String.raw`(?<HH>\d{1,2})`,
  mm: String.raw`(?<mm>\d{1,2})`,
  ss: String.raw`(?<ss>\d{1,2})`,
  '.f': String.raw`(?:[.,](?<f>\d{1,9}))?`,
  ms: String.raw`(?<ms>\d{1,3})`,
  Z: String.raw`(?<Z>Z|[+-]\d{2}:?\d{2})`,
}
const PIECE = /YYYY|YY|MM|DD|HH|mm|ss|\.f|ms|Z/g

const piecesOf = (format: string): readonly string[] => format.match(PIECE) ?? []

/** Why a format can't be read by; null: it can. */
export function formatFlaw(format: string): string | null {
  const pieces = piecesOf(format)
  if (new Set(pieces).size < pieces.length) return 'says a part twice'
  const missing = ['MM', 'DD', 'HH', 'mm'].filter(piece => !pieces.includes(piece))
  if (pieces.includes('YYYY') === pieces.includes('YY')) missing.unshift('YYYY or YY')
  if (missing.length > 0) return `lacks ${missing.join(', ')}`
  return /[A-SU-Za-z0-9\p{Cc}]/u.test(format.replace(PIECE, ''))
    ? 'has letters or digits that are no part'
    : null
}

/** Whether a format's times carry what they are ahead of UTC. */
export const hasOffset = (format: string): boolean => piecesOf(format).includes('Z')

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Reads times of a format; null: the text is none. */
export function stampReader(format: string): (text: string) => Stamp | null {
  let source = ''
  let at = 0
  for (const { 0: piece, index } of format.matchAll(PIECE)) {
    source += literal(format.slice(at, index)) + (PIECES[piece] ?? '')
    at = index + piece.length
  }
  const pattern = new RegExp(`^${source}${literal(format.slice(at))}$`)
  return text => {
    const found = pattern.exec(text)?.groups
    return found === undefined ? null : stampOf(found)
  }
}

function stampOf(found: Readonly<Record<string, string | undefined>>): Stamp | null {
  const part = (name: string): number => Number(found[name] ?? 0)
  const year = found['YY'] === undefined ? part('YYYY') : 2000 + part('YY')
  const wanted = [year, part('MM'), part('DD'), part('HH'), part('mm'), part('ss')] as const
  const [, month, day, hour, minute, second] = wanted
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(seconds)
  const is = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]
  // 31 April, 24:00 and a leap second are no times of ours.
  if (is.some((value, i) => value !== wanted[i])) return null
  const micros = Math.floor(Number((found['f'] ?? '').padEnd(9, '0')) / 1000) + part('ms') * 1000
  return { shown: seconds * 1000 + micros, offset: found['Z'] === undefined ? null : offsetOf(found['Z']) }
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
