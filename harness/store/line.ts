import type { Micros } from '../model/units.ts'

/** The value of a field. Types are fixed by the schema: counters are integers, gauges floats. */
export type FieldValue =
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }

/** One value of one series at one time: what is counted as a point. */
export interface Point {
  readonly measurement: string
  readonly field: string
  /** Empty values are left out: line protocol has none. */
  readonly tags: Readonly<Record<string, string>>
  readonly value: FieldValue
  readonly time: Micros
}

/** Text towards InfluxDB, or the reason why there can be none. */
export type Printed = { readonly text: string } | { readonly reason: string }

/** Longest tag value and text, bytes are at most four times that. The server's own limit of a series key is 65,535 bytes. */
export const MAX_TEXT = 1024
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/
/** Names that InfluxDB keeps for itself (line protocol, "Naming restrictions"). */
const RESERVED = new Set(['time', '_field', '_measurement'])
/** Before these a backslash would read as an escape, and at the end it would swallow the separator. */
const DANGLING_BACKSLASH = /\\(?:[\\,= "]|$)/
const MAX_INTEGER = 2n ** 63n - 1n
const MIN_INTEGER = -(2n ** 63n)

/** `measurement,tag=value field=`: what all values of a series have in common. */
export function printSeries(series: Pick<Point, 'measurement' | 'field' | 'tags'>): Printed {
  const { measurement, field, tags } = series
  for (const name of [measurement, field, ...Object.keys(tags)]) {
    if (!NAME.test(name) || RESERVED.has(name)) return { reason: `${JSON.stringify(name)} can not be a name` }
  }
  let text = measurement
  for (const name of Object.keys(tags).sort()) {
    const value = tags[name] ?? ''
    if (value === '') continue
    const bad =
      whyNotText(value) ?? (DANGLING_BACKSLASH.test(value) ? 'a backslash before a separator' : null)
    if (bad !== null) return { reason: `the value of tag ${name} can not be written: ${bad}` }
    text += `,${name}=${value.replace(/[,= ]/g, '\\$&')}`
  }
  return { text: `${text} ${field}=` }
}

/** A field's value; a float in the shortest form that reads back to the same bits. NaN and infinities can't be written. */
export function printValue(field: FieldValue): Printed {
  switch (field.type) {
    case 'integer':
      if (field.value > MAX_INTEGER || field.value < MIN_INTEGER) return { reason: 'beyond 64 bits' }
      return { text: `${field.value}i` }
    case 'float':
      if (!Number.isFinite(field.value)) return { reason: 'not a finite number' }
      return { text: Object.is(field.value, -0) ? '-0' : String(field.value) }
    case 'text': {
      const bad = whyNotText(field.value)
      if (bad !== null) return { reason: `the text can not be written: ${bad}` }
      return { text: `"${field.value.replace(/["\\]/g, '\\$&')}"` }
    }
  }
}

/** Nanoseconds as text: a double can't hold them. */
export function printTime(time: number): Printed {
  if (!Number.isSafeInteger(time) || time < 0)
    return { reason: 'the time is not a whole number of µs since 1970' }
  return { text: time === 0 ? '0' : `${time}000` }
}

/** A whole line: one field, time in ns. */
export function printLine(point: Point): Printed {
  const series = printSeries(point)
  const value = printValue(point.value)
  const time = printTime(point.time)
  for (const part of [series, value, time]) if ('reason' in part) return part
  return {
    text:
      [series, value].map(part => ('text' in part ? part.text : '')).join('') +
      ` ${'text' in time ? time.text : ''}`,
  }
}

function whyNotText(text: string): string | null {
  if (text.length > MAX_TEXT) return `longer than ${MAX_TEXT} characters`
  if (/\p{Cc}/u.test(text)) return 'a control character'
  return text.isWellFormed() ? null : 'half of a surrogate pair'
}

/** Measurement and field of a line that printLine made. */
export function lineFamily(line: string): { readonly measurement: string; readonly field: string } {
  const measurement = /^[^, ]*/.exec(line)?.[0] ?? ''
  const field = /(?<!\\) ([^=]*)=/.exec(line)?.[1] ?? ''
  return { measurement, field }
}
