import type { Batch } from '../../../harness/model/batch.ts'
import { READING } from '../../../harness/model/batch.ts'
import type { Influxd } from '../../testbed/influxd.ts'

/** `measurement field host role source instance` → `µs value`, sorted by time; integers and floats by their exact text. */
export type SeriesValues = ReadonlyMap<string, readonly string[]>

const ALL = '|> range(start: 1970-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)'

/** Everything that the database has of a run, by a raw query and nothing of our own reading. */
export async function storedSeries(
  influxd: Influxd,
  run: string,
  bucket: string = influxd.bucket,
): Promise<SeriesValues> {
  const csv = await influxd.query(`from(bucket: "${bucket}") ${ALL} |> filter(fn: (r) => r.run == "${run}")`)
  const found = new Map<string, [number, string][]>()
  for (const row of annotatedRows(csv)) {
    const key = ['_measurement', '_field', 'host', 'role', 'source', 'instance']
      .map(name => row.get(name)?.text ?? '')
      .join(' ')
    const value = row.get('_value')
    const time = row.get('_time')?.text ?? ''
    const list = found.get(key) ?? []
    list.push([microsOf(time), exactText(value?.type ?? '', value?.text ?? '')])
    found.set(key, list)
  }
  return new Map(
    [...found].map(([key, list]) => [
      key,
      list.sort(([a], [b]) => a - b).map(([time, value]) => `${time} ${value}`),
    ]),
  )
}

/** The same of batches: the archive's valid readings. */
export async function recordedSeries(
  batches: AsyncIterable<readonly Batch[]>,
  roles: Readonly<Record<string, string>>,
): Promise<SeriesValues> {
  const found = new Map<string, [number, string][]>()
  for await (const slice of batches) {
    for (const { series, wall, values, state, base } of slice) {
      const key = [
        series.measurement,
        series.field,
        series.host,
        roles[series.host],
        series.source,
        series.instance,
      ].join(' ')
      const list = found.get(key) ?? []
      values.forEach((value, i) => {
        if (state[i] !== READING.ok) return
        const text = series.kind === 'counter' ? `${BigInt(base) + BigInt(value)}` : bits(value)
        list.push([wall[i] ?? Number.NaN, text])
      })
      found.set(key, list)
    }
  }
  return new Map(
    [...found].map(([key, list]) => [
      key,
      list.sort(([a], [b]) => a - b).map(([time, value]) => `${time} ${value}`),
    ]),
  )
}

const exactText = (type: string, text: string): string =>
  type === 'double' ? bits(Number(text)) : type === 'long' ? `${BigInt(text)}` : text

function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return `0x${view.getBigUint64(0).toString(16)}`
}

/** RFC 3339 with up to nine digits → µs; what is finer than a µs is an error. */
function microsOf(text: string): number {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? []
  const nanos = fraction.padEnd(9, '0')
  if (!nanos.endsWith('000')) throw new Error(`finer than a microsecond: ${text}`)
  return Date.parse(`${seconds}Z`) * 1000 + Number(nanos.slice(0, 6))
}

interface Cell {
  readonly type: string
  readonly text: string
}

function* annotatedRows(csv: string): Iterable<ReadonlyMap<string, Cell>> {
  let types: readonly string[] = []
  let names: readonly string[] | null = null
  for (const line of csv.split('\r\n')) {
    if (line === '') continue
    const cells = splitCsv(line)
    if (line.startsWith('#')) {
      if (line.startsWith('#datatype')) types = cells
      names = null
    } else if (names === null) {
      names = cells
    } else {
      yield new Map(names.map((name, i) => [name, { type: types[i] ?? '', text: cells[i] ?? '' }]))
    }
  }
}

function splitCsv(line: string): readonly string[] {
  const cells: string[] = []
  for (let rest: string | null = line; rest !== null; ) {
    const [all = '', quoted, plain = '']: readonly string[] = /^(?:"((?:[^"]|"")*)"|([^,]*))/.exec(rest) ?? []
    cells.push(quoted?.replaceAll('""', '"') ?? plain)
    rest = all.length < rest.length ? rest.slice(all.length + 1) : null
  }
  return cells
}
