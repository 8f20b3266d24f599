import { FileFlaw } from '../../../harness/model/attachment.ts'
import type { FileReader, FileRow } from '../../../harness/model/meter.ts'
import { MICROJOULES, WATTS } from '../meter/figures.ts'
import { fieldsOf, type Line, lineReader } from './lines.ts'
import type { CsvSettings } from './settings.ts'
import { type Stamp, stampReader } from './stamp.ts'
import { timesIn } from './zone.ts'

/** A column that is read: its place and how its figures are kept. */
interface Cell {
  readonly index: number
  readonly name: string
  /** `power W total` */
  readonly key: string
}

interface Layout {
  readonly fields: number
  readonly time: readonly number[]
  readonly cells: readonly Cell[]
}

/** What analyzers write where they have no figure. */
const NO_FIGURE = /^(?:|-+|\*+|[+-]?inf(?:inity)?|[+-]?nan|n\/?a|overflow|over|error|invalid|-*o\.?[lf]-*)$/i

const NUMBERS = {
  '.': /^[+-]?\d{1,30}(?:\.\d{0,30})?(?:e[+-]?\d{1,2})?$/i,
  ',': /^[+-]?\d{1,30}(?:,\d{0,30})?(?:e[+-]?\d{1,2})?$/i,
} as const

/** A number as the file writes it, with a point; undefined: it is none. */
export function plainNumber(text: string, decimal: '.' | ','): string | undefined {
  const bare = text.trim()
  return NUMBERS[decimal].test(bare) ? bare.replace(',', '.').replace(/\.(?=$|e)/i, '') : undefined
}

/** Reads the file of an analyzer, row by row. @param seconds between two rows */
export function csvReader(settings: CsvSettings, seconds: number): FileReader {
  const lines = lineReader(settings.encoding)
  const timeOf = clock(settings, seconds)
  let layout: Layout | null = null
  let blank: number | null = null
  const rowsOf = (read: readonly Line[]): readonly FileRow[] =>
    read.flatMap((line): readonly FileRow[] => {
      if (line.number < settings.header_line) return []
      if (line.number === settings.header_line) {
        layout = layoutOf(fieldsOf(line, settings.delimiter), settings, line.number)
        return []
      }
      if (line.text.trim() === '') {
        blank ??= line.number
        return []
      }
      if (blank !== null) throw new FileFlaw('it is empty, and rows follow', { line: blank })
      const fields = fieldsOf(line, settings.delimiter)
      layout ??= layoutOf(fields, settings, line.number)
      return [rowOf(fields, { line: line.number, layout, settings, timeOf })]
    })
  return {
    clock: {
      offset: settings.clock_offset === 'found' ? null : settings.clock_offset,
      doubt: settings.clock_doubt,
    },
    push: bytes => rowsOf(lines.push(bytes)),
    end: () => rowsOf(lines.end()),
  }
}

function layoutOf(fields: readonly string[], settings: CsvSettings, line: number): Layout {
  const named = settings.header_line > 0
  const names = fields.map(field => field.trim())
  const indexOf = (column: string | number): number => {
    if (typeof column === 'number') {
      if (column <= fields.length) return column - 1
      throw new FileFlaw(`there is no column ${column}: it has ${fields.length}`, { line })
    }
    if (!named) throw new FileFlaw('without a header columns have numbers, no names', { line })
    const index = names.indexOf(column)
    if (index < 0)
      throw new FileFlaw(`no column is named ${shown(column)}; there are ${shownList(names)}`, { line })
    if (names.indexOf(column, index + 1) >= 0)
      throw new FileFlaw(`two columns are named ${shown(column)}: give the number of the one that is meant`, {
        line,
      })
    return index
  }
  const cellOf = (
    quantity: 'power' | 'energy',
    column: string | number | undefined,
    o: { readonly unit: string | undefined; readonly instance: string },
  ): readonly Cell[] => {
    if (column === undefined) return []
    const index = indexOf(column)
    const name = named ? (names[index] ?? '') : String(column)
    const unit = unitOf(quantity, { given: o.unit, header: named ? name : '', line, column: index + 1 })
    return [{ index, name, key: `${quantity} ${unit} ${o.instance}` }]
  }
  return {
    fields: fields.length,
    time: settings.time.columns.map(indexOf),
    cells: settings.figures.flatMap(figure => [
      ...cellOf('power', figure.power, { unit: figure.power_unit, instance: figure.instance }),
      ...cellOf('energy', figure.energy, { unit: figure.energy_unit, instance: figure.instance }),
    ]),
  }
}

/** The unit in brackets at the end of a header goes before nothing: what the settings say must agree with it. */
function unitOf(
  quantity: 'power' | 'energy',
  o: {
    readonly given: string | undefined
    readonly header: string
    readonly line: number
    readonly column: number
  },
): string {
  const units: readonly string[] = Object.keys(quantity === 'power' ? WATTS : MICROJOULES)
  const [, found] = /[[(]\s*([^\][()\s]{1,8})\s*[\])]$/.exec(o.header) ?? []
  const written = found?.replace(/^[µμ]/, 'u')
  if (written !== undefined && !units.includes(written))
    throw new FileFlaw(
      `the header says ${shown(written)}, which is no unit of ${quantity} (${units.join(', ')})`,
      o,
    )
  if (written !== undefined && o.given !== undefined && written !== o.given)
    throw new FileFlaw(`the header says ${written}, the campaign file ${o.given}`, o)
  const unit = written ?? o.given
  if (unit === undefined)
    throw new FileFlaw(
      `its unit is not known: the header has none in brackets, so ${quantity}_unit is needed`,
      o,
    )
  return unit
}

function rowOf(
  fields: readonly string[],
  o: {
    readonly line: number
    readonly layout: Layout
    readonly settings: CsvSettings
    readonly timeOf: (text: string, at: { readonly line: number; readonly column: number }) => number
  },
): FileRow {
  const { line, layout, settings } = o
  if (fields.length !== layout.fields)
    throw new FileFlaw(`it has ${fields.length} fields where ${layout.fields} are due`, { line })
  const text = layout.time.map(index => (fields[index] ?? '').trim()).join(' ')
  const at = o.timeOf(text, { line, column: (layout.time[0] ?? 0) + 1 })
  const said: Record<string, string> = {}
  for (const { index, name, key } of layout.cells) {
    const value = (fields[index] ?? '').trim()
    if (plainNumber(value, settings.decimal) === undefined && !NO_FIGURE.test(value))
      throw new FileFlaw(
        `${name}: ${shown(value)} is no number with a decimal ${settings.decimal === '.' ? 'point' : 'comma'}`,
        { line, column: index + 1 },
      )
    said[key] = value
  }
  return { at, said }
}

/** Times of rows in their order, µs. */
function clock(settings: CsvSettings, seconds: number) {
  const { format, zone, ambiguous } = settings.time
  const read = stampReader(format)
  const inZone = zone === undefined ? null : timesIn(zone)
  let last: number | null = null
  return (text: string, at: { readonly line: number; readonly column: number }): number => {
    const stamp = read(text)
    if (stamp === null) throw new FileFlaw(`${shown(text)} is no time of the form ${format}`, at)
    const times = candidates(stamp, inZone)
    if (times.length === 0)
      throw new FileFlaw(
        `${shown(text)} was never shown by clocks of ${zone}: they were set forward over it`,
        at,
      )
    const time = times.length === 1 ? times[0] : choose(times, { ambiguous, last, limit: 3 * seconds * 1e6 })
    if (time === undefined)
      throw new FileFlaw(
        ambiguous === 'refuse'
          ? `${shown(text)} was shown twice by clocks of ${zone}, which were set back over it: say with \`ambiguous\` which is meant`
          : `${shown(text)} was shown twice by clocks of ${zone}, and the rows before do not tell which is meant`,
        at,
      )
    if (last !== null && time <= last)
      throw new FileFlaw(`${shown(text)} is not later than the row before`, at)
    last = time
    return time
  }
}

/** UTC, µs, ascending. */
function candidates(
  { shown: micros, offset }: Stamp,
  inZone: ReturnType<typeof timesIn> | null,
): readonly number[] {
  if (offset !== null) return [micros - offset * 1000]
  if (inZone === null) return []
  const whole = Math.floor(micros / 1000)
  return inZone(whole).map(time => time * 1000 + (micros - whole * 1000))
}

/** Which of two is meant; undefined: it can't be told. In order: the one that goes on from the row before without a gap. */
function choose(
  [earlier, later]: readonly number[],
  o: {
    readonly ambiguous: CsvSettings['time']['ambiguous']
    readonly last: number | null
    readonly limit: number
  },
): number | undefined {
  if (o.ambiguous === 'earlier') return earlier
  if (o.ambiguous === 'later') return later
  if (o.ambiguous === 'refuse' || o.last === null) return undefined
  const { last, limit } = o
  return [earlier, later].find(time => time !== undefined && time > last && time - last <= limit)
}

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)

const shownList = (names: readonly string[]): string =>
  `${names.slice(0, 20).map(shown).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}`
