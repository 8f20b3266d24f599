import { textLines } from '../text-lines.ts'

/** A measured value in k6's JSON output (`--out json`): one object a line, `{"metric", "type": "Point", "data": {"time", "value", "tags"}}`. */
export interface Point {
  readonly metric: string
  /** Wall clock, µs. */
  readonly at: number
  readonly value: number
  readonly tags: Readonly<Record<string, unknown>>
}

/** RFC 3339 with up to nine digits of a second → µs since the epoch; undefined: it is none. */
export function parseTime(text: string): number | undefined {
  const [, second, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  if (second === undefined || zone === undefined) return undefined
  const millis = Date.parse(`${second}${zone}`)
  return Number.isNaN(millis) ? undefined : millis * 1000 + Math.floor(Number(fraction.padEnd(9, '0')) / 1000)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One line; null: it is not a point of a metric (k6 also declares metrics there); undefined: it is broken. */
export function parsePoint(line: string): Point | null | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isObject(parsed) || typeof parsed['metric'] !== 'string' || !isObject(parsed['data'])) return undefined
  if (parsed['type'] !== 'Point') return null
  const { time, value, tags } = parsed['data']
  const at = typeof time === 'string' ? parseTime(time) : undefined
  if (at === undefined || typeof value !== 'number') return undefined
  return { metric: parsed['metric'], at, value, tags: isObject(tags) ? tags : {} }
}

/**
 * Points of the metrics asked for, in the order of the file; null for a line that is broken. Lines of other metrics (a dozen per request)
 * are passed over without being parsed.
 */
export async function* points(
  chunks: AsyncIterable<Uint8Array>,
  metrics: readonly string[],
): AsyncIterable<Point | null> {
  const wanted = metrics.map(metric => `"metric":"${metric}"`)
  for await (const line of textLines(chunks)) {
    if (line === null) yield null
    else if (line.startsWith('{') ? wanted.some(text => line.includes(text)) : line !== '') {
      const point = parsePoint(line)
      if (point === undefined) yield null
      else if (point !== null && metrics.includes(point.metric)) yield point
    }
  }
}
