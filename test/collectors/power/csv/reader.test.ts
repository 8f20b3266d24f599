import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { csvReader } from '../../../../collectors/power/csv/reader.ts'
import { csvSettings } from '../../../../collectors/power/csv/settings.ts'
import { FileFlaw } from '../../../../harness/model/attachment.ts'
import type { FileRow } from '../../../../harness/model/meter.ts'

const FOLDER = path.resolve(import.meta.dirname, '../../../fixtures/collectors/csv')

const PLAIN = {
  time: { columns: ['t'], format: 'YYYY-MM-DD HH:mm:ss.f', zone: 'UTC' },
  figures: [{ power: 'P', power_unit: 'W' }],
  clock_offset: 0,
}

function read(
  content: string | Uint8Array,
  settings: object = PLAIN,
  size = 7,
  interval = 1,
): readonly FileRow[] {
  const reader = csvReader(csvSettings.parse(settings), interval)
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const rows: FileRow[] = []
  for (let at = 0; at < bytes.length; at += size) rows.push(...reader.push(bytes.subarray(at, at + size)))
  return [...rows, ...reader.end()]
}

const flawOf = (content: string | Uint8Array, settings: object = PLAIN): string => {
  try {
    read(content, settings)
  } catch (error) {
    if (error instanceof FileFlaw) return `${error.line}:${error.column ?? '-'} ${error.message}`
    throw error
  }
  return 'none'
}

/** Settings of the example for a meter. */
function example(id: string): object {
  const { meters } = parse(readFileSync(path.join(FOLDER, 'example.yaml'), 'utf8')) as {
    readonly meters: readonly Record<string, unknown>[]
  }
  const section = meters.find(one => one['id'] === id) ?? {}
  return Object.fromEntries(Object.entries(section).filter(([key]) => key in csvSettings.shape))
}

const seconds = (rows: readonly FileRow[]): readonly number[] => rows.map(({ at }) => at / 1e6)

test('a file of an analyzer with preamble, byte order mark, CR LF and an hour that comes twice', () => {
  const rows = read(readFileSync(path.join(FOLDER, 'yokogawa.csv')), example('analyzer'))
  const first = Date.UTC(2026, 9, 24, 23, 59, 58) / 1000
  expect(seconds(rows)).toEqual([0.5, 1.5, 2.5, 3.5, 4.005].map(s => expect.closeTo(first + s, 5)))
  expect(rows.map(({ said }) => said['power W total'])).toEqual([
    '87.31',
    '------',
    '0.0881E+03',
    'Overflow',
    '0.00',
  ])
})

test('power as OSCAR takes it: semicolons, decimal commas, day first', () => {
  const rows = read(readFileSync(path.join(FOLDER, 'oscar.csv')), example('oscar'))
  const first = Date.UTC(2026, 3, 3, 9) / 1000
  expect(seconds(rows)).toEqual([first, first + 1, first + 2])
  expect(rows.map(({ said }) => said['power W total'])).toEqual(['87,31', '88,1', ''])
})

test('what the clock is ahead is said, or is to be found', () => {
  const clockOf = (given: object) => csvReader(csvSettings.parse({ ...PLAIN, ...given }), 1).clock
  expect(clockOf({ clock_offset: 2.25 })).toEqual({ offset: 2.25, doubt: 1 })
  expect(clockOf({ clock_offset: 'found', clock_doubt: 0.1 })).toEqual({ offset: null, doubt: 0.1 })
})

test('times that carry their offset need no zone', () => {
  const time = { columns: ['t'], format: 'YYYY-MM-DDTHH:mm:ss.fZ' }
  const rows = read('t,P\n2026-01-01T01:00:00.123456+01:00,1\n2026-01-01T00:00:01Z,1\n', { ...PLAIN, time })
  expect(rows.map(({ at }) => at - Date.UTC(2026, 0, 1) * 1000)).toEqual([123_456, 1_000_000])
})

test('several inputs, by number, without a header', () => {
  const rows = read('2026-01-01 00:00:00,1,"2"\n', {
    ...PLAIN,
    header_line: 0,
    time: { ...PLAIN.time, columns: [1] },
    figures: [
      { instance: 'a', power: 2, power_unit: 'kW' },
      { instance: 'b', power: 3, power_unit: 'mW', energy: 2, energy_unit: 'Wh' },
    ],
  })
  expect(rows[0]?.said).toEqual({ 'power kW a': '1', 'power mW b': '2', 'energy Wh b': '1' })
})

const at = (second: number, rest: string): string => `2026-01-01 00:00:0${second},${rest}\n`

test.each([
  ['a time that comes again', `t,P\n${at(1, '1')}${at(1, '1')}`, /^3:1 .* is not later than the row before$/],
  ['a time that is earlier', `t,P\n${at(2, '1')}${at(1, '1')}`, /^3:1 /],
  ['no time', 't,P\nyesterday,1\n', /^2:1 "yesterday" is no time of the form/],
  ['a day that is none', 't,P\n2026-02-30 00:00:00,1\n', /^2:1 /],
  ['an hour that is none', 't,P\n2026-02-03 24:00:00,1\n', /^2:1 /],
  [
    'a decimal comma where a point is due',
    `t,P\n${at(1, '"12,5"')}`,
    /^2:2 P: "12,5" is no number with a decimal point$/,
  ],
  ['thousands apart', `t,P\n${at(1, '"1,234.5"')}`, /^2:2 /],
  ['hexadecimal', `t,P\n${at(1, '0x10')}`, /^2:2 /],
  ['a formula', `t,P\n${at(1, '=1+1')}`, /^2:2 /],
  ['a field too few', 't,P\n2026-01-01 00:00:01\n', /^2:- it has 1 fields where 2 are due$/],
  ['a field too many', `t,P\n${at(1, '1,2')}`, /^2:- it has 3/],
  ['a column that is not there', `t,Q\n${at(1, '1')}`, /^1:- no column is named "P"; there are "t", "Q"$/],
  ['a column that is there twice', `t,P,P\n${at(1, '1,2')}`, /^1:- two columns are named "P"/],
  ['an open quote', `t,P\n${at(1, '"1')}`, /^2:- a quote is not closed$/],
  ['something after a quote', `t,P\n${at(1, '"1"2')}`, /^2:2 something follows the closing quote$/],
  ['an empty line among rows', `t,P\n\n${at(1, '1')}`, /^2:- it is empty, and rows follow$/],
  ['a NUL', `t,P\n${at(1, '1\0')}`, /^2:- it holds control characters$/],
  ['a line without end', `t,P\n${'1'.repeat(70_000)}`, /^2:- it is longer than 65536 characters$/],
  ['other bytes', new Uint8Array([0x74, 0x2c, 0x50, 0x0a, 0xff]), /^2:- it is not utf-8/],
])('%s is refused with its line', (_, content, expected) => {
  expect(flawOf(content)).toMatch(expected)
})

test('the unit of a header must be one of power, and that of the campaign file', () => {
  const of = (header: string, unit?: string): string =>
    flawOf(`t,${header}\n${at(1, '1')}`, {
      ...PLAIN,
      figures: [{ power: 2, ...(unit === undefined ? {} : { power_unit: unit }) }],
    })
  expect(of('P(kW)')).toBe('none')
  expect(of('P [W]', 'W')).toBe('none')
  expect(of('P [W]', 'kW')).toBe('1:2 the header says W, the campaign file kW')
  expect(of('S [VA]', 'W')).toMatch(/^1:2 the header says "VA", which is no unit of power/)
  expect(of('P')).toMatch(/^1:2 its unit is not known/)
})

const NIGHT = { columns: ['t'], format: 'YYYY-MM-DD HH:mm:ss', zone: 'Europe/Berlin' }

test('the hour that clocks show twice is refused, until it is said which is meant', () => {
  const night = (ambiguous: string | undefined, times: readonly string[]): string | readonly number[] => {
    const settings = { ...PLAIN, time: { ...NIGHT, ...(ambiguous === undefined ? {} : { ambiguous }) } }
    const content = `t,P\n${times.map(time => `2026-10-25 ${time},1\n`).join('')}`
    const flaw = flawOf(content, settings)
    return flaw === 'none'
      ? seconds(read(content, settings)).map(s => s - Date.UTC(2026, 9, 25) / 1000)
      : flaw
  }
  expect(night(undefined, ['02:30:00'])).toMatch(/^2:1 .*shown twice by clocks of Europe\/Berlin/)
  expect(night('earlier', ['02:30:00'])).toEqual([1800])
  expect(night('later', ['02:30:00'])).toEqual([5400])
  expect(night('in-order', ['01:59:59', '02:00:00'])).toEqual([-1, 0])
  expect(night('in-order', ['02:30:00'])).toMatch(/^2:1 .*the rows before do not tell/)
  // Ten minutes are missing: it may be one hour as well as the other.
  expect(night('in-order', ['01:59:59', '02:10:00'])).toMatch(/^3:1 .*the rows before do not tell/)
})

test('rows that go on through the night are told apart by their order', () => {
  const tens = (hour: string): string[] =>
    ['00', '10', '20', '30', '40', '50'].map(minute => `${hour}:${minute}`)
  const shown = [...tens('01'), ...tens('02'), ...tens('02'), ...tens('03')]
  const content = `t,P\n${shown.map(time => `2026-10-25 ${time}:00,1\n`).join('')}`
  const time = { ...NIGHT, ambiguous: 'in-order' }
  const rows = seconds(read(content, { ...PLAIN, time }, 100, 600))
  expect(rows).toEqual(shown.map((_, i) => Date.UTC(2026, 9, 24, 23) / 1000 + i * 600))
})

test('an hour that clocks were set forward over is no time', () => {
  expect(flawOf('t,P\n2026-03-29 02:30:00,1\n', { ...PLAIN, time: NIGHT })).toMatch(
    /^2:1 .*was never shown by clocks of Europe\/Berlin/,
  )
})

test.each([
  [{ format: 'HH:mm:ss', zone: 'UTC' }, 'format'],
  [{ format: 'YYYY-MM-DD HH:mm:ss mm', zone: 'UTC' }, 'format'],
  [{ format: 'YYYY-MM-DD HH:mm:ss x', zone: 'UTC' }, 'format'],
  [{ format: 'YYYY-MM-DD HH:mm:ss' }, 'zone'],
  [{ format: 'YYYY-MM-DD HH:mm:ss', zone: 'Berlin' }, 'zone'],
  [{ format: 'YYYY-MM-DD HH:mm:ssZ', zone: 'UTC' }, 'zone'],
])('time %o is wrong in the campaign file already', (time, key) => {
  const found = csvSettings.safeParse({ ...PLAIN, time: { columns: ['t'], ...time } })
  expect(found.error?.issues.map(issue => issue.path.join('.'))).toEqual([`time.${key}`])
})

test('however it is cut, a file is read as the same rows; whatever it holds, it is rows or refused', () => {
  const content = readFileSync(path.join(FOLDER, 'yokogawa.csv'))
  const whole = read(content, example('analyzer'), 1e6)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), size => {
      expect(read(content, example('analyzer'), size)).toEqual(whole)
    }),
    { seed: 20261127, numRuns: 30 },
  )
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('t,P\n', ',', '"', '\r\n', '2026-01-01 00:00:01', '1', '-', 'NAN', '\ufeff'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      expect(typeof flawOf(pieces.join(''))).toBe('string')
    }),
    { seed: 20261127, numRuns: 500 },
  )
})
