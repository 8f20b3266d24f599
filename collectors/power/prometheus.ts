import { z } from 'zod'
import { MeterError, type MeterNature, type MeterValue, type Said } from '../../harness/model/meter.ts'
import { type Sample, samplesOf } from '../../harness/model/prometheus-text.ts'
import { Unreadable } from '../parse/text.ts'
import { defineMeter } from './meter/define.ts'
import { energy, MICROJOULES, power, WATTS } from './meter/figures.ts'
import { parsed } from './meter/read-json.ts'
import { type Metric, PRESETS, type Preset } from './prometheus/presets.ts'

const name = z.string().regex(/^[A-Za-z_:][\w:]{0,199}$/, 'must be the name of a metric')
const label = z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'must be the name of a label')
const text = z.string().regex(/^[^\p{Cc}]{0,200}$/u, 'must be one line of at most 200 characters')

const settings = z
  .strictObject({
    exporter: z
      .enum(Object.keys(PRESETS) as [keyof typeof PRESETS, ...(keyof typeof PRESETS)[]])
      .optional()
      .describe('Exporter whose metrics are known. Else give metric or query, and unit.'),
    metric: name.optional().describe('Name of a metric at path.'),
    query: z
      .string()
      .regex(/^[^\p{Cc}]{1,2000}$/u, 'must be one line of 1 to 2000 characters')
      .optional()
      .describe("PromQL expression, asked of a Prometheus server's API; an instant vector."),
    unit: z
      .enum([...Object.keys(WATTS), ...Object.keys(MICROJOULES)] as [string, ...string[]])
      .optional()
      .describe('Of metric or query; a unit of energy says that it is a counter.'),
    labels: z
      .array(label)
      .max(8)
      .default([])
      .describe('Labels that tell the series of metric or query apart. Others are not kept.'),
    where: z
      .record(label, text)
      .default({})
      .describe('Only series with these labels, where the exporter shows several machines.'),
    path: z
      .string()
      .regex(/^\/[^\s\p{Cc}?#]{0,500}$/u, 'must be a path, without ? and #')
      .default('/metrics')
      .describe('Where metrics are; with query, the API is asked instead.'),
  })
  .superRefine((s, ctx) => {
    const given = [s.exporter, s.metric, s.query].filter(one => one !== undefined).length
    const flaw = (path: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message })
    if (given !== 1) flaw('exporter', 'exactly one of exporter, metric and query must be given')
    else if (s.exporter === undefined && s.unit === undefined) flaw('unit', 'is needed with metric or query')
    else if (s.exporter !== undefined && s.unit !== undefined)
      flaw('unit', 'is known of an exporter: leave it out')
  })
type Settings = z.output<typeof settings>

/** Exporters and servers of Prometheus. */
export const prometheus = defineMeter({
  id: 'prometheus',
  title: 'Prometheus (exporter or server)',
  about:
    'Counters and gauges that an exporter shows in the text format of Prometheus, or that a PromQL expression gives: Kepler (0.9, and 0.10 and newer), Scaphandre, node_exporter (rapl, hwmon), the gauges of draft SCS-0414, or any other with its unit. Counters of energy are preferred to gauges of power. Of RAPL only packages and their memory are taken: core and uncore are parts of a package, psys is more. The figures of Kepler split into active and idle are not used: with them the idle share vanishes. A series of Kepler whose path is no zone of powercap comes from its meter for development and is watermarked. Only labels that tell series apart are kept, so that no command line and no name gets into the archive.',
  link: 'http',
  login: ['none', 'basic', 'token'],
  seconds: { least: 1, usual: 1 },
  settings,
  reach: ['query', 'where'],
  nature: natureOf,
  scopeOf: (instances, s) => presetOf(s).scopeOf?.(instances) ?? presetOf(s).nature.scope,
  talk: (link, s) => ({
    poll: async () =>
      s.query === undefined
        ? scraped(await link.get(s.path), s)
        : queried(await link.get(queryPath(s.query)), s),
  }),
  read: (said, s) => valuesOf(said, s),
})

const queryPath = (query: string): string => `/api/v1/query?query=${encodeURIComponent(query)}`

/** No machine has more zones, supplies or outlets. */
const MOST_SERIES = 256

/** Name under which the value of an expression is kept. */
const QUERY = 'query'

function presetOf(s: Settings): Preset {
  if (s.exporter !== undefined) return PRESETS[s.exporter]
  const unit = s.unit ?? ''
  const quantity: Metric['quantity'] =
    unit in WATTS ? { power: unit as keyof typeof WATTS } : { energy: unit as keyof typeof MICROJOULES }
  return {
    metrics: [{ name: s.metric ?? QUERY, quantity }],
    labels: s.labels,
    nature: {
      kind: 'host-counter',
      scope: 'as the exporter says; not stated',
      reads: 'instant',
      take: 'power' in quantity ? 'power' : 'energy',
    },
  }
}

function natureOf(s: Settings): MeterNature {
  return presetOf(s).nature
}

/** Series that count, under name and labels that are kept. */
function scraped(body: string, s: Settings): Said {
  const preset = presetOf(s)
  const metrics = new Map(preset.metrics.map(metric => [metric.name, metric]))
  const kept: Record<string, string> = {}
  let seen = false
  for (const sample of samplesOf(body, new Set(metrics.keys()))) {
    seen = true
    const metric = metrics.get(sample.name)
    if (!matches(sample.labels, s.where) || metric?.counts?.(sample.labels) === false) continue
    keep(kept, keyOf(sample.name, sample.labels, preset.labels), sample.text)
  }
  if (Object.keys(kept).length === 0) {
    if (!seen && !/^(?:#|[A-Za-z_:][\w:]*[{ ])/m.test(body))
      throw new MeterError('garbage', 'no text of Prometheus')
    const what = [...metrics.keys()].join(', ')
    throw new MeterError(
      'absent',
      seen ? `no series of ${what} has the labels that are asked for` : `it has no ${what}`,
    )
  }
  return kept
}

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z
      .array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }))
      .max(10_000),
  }),
})

function queried(body: string, s: Settings): Said {
  const answer = Answer.safeParse(parsed(body))
  if (!answer.success) throw new MeterError('garbage', 'no instant vector of the API of Prometheus')
  const kept: Record<string, string> = {}
  for (const { metric, value } of answer.data.data.result) {
    const labels = new Map(Object.entries(metric))
    if (matches(labels, s.where)) keep(kept, keyOf(QUERY, labels, s.labels), value[1])
  }
  if (Object.keys(kept).length === 0) throw new MeterError('absent', 'the expression gives no series')
  return kept
}

function keep(kept: Record<string, string>, key: string, value: string): void {
  if (Object.hasOwn(kept, key))
    throw new MeterError(
      'garbage',
      'several series differ in labels that are not kept alone: name them under labels, or one of them under where',
    )
  if (Object.keys(kept).length >= MOST_SERIES)
    throw new MeterError('garbage', `more than ${MOST_SERIES} series`)
  kept[key] = value.slice(0, 100)
}

const matches = (labels: Sample['labels'], where: Settings['where']): boolean =>
  Object.entries(where).every(([key, value]) => labels.get(key) === value)

/** `name{label="value",…}` with the labels that are kept, sorted. */
function keyOf(metric: string, labels: Sample['labels'], kept: readonly string[]): string {
  const parts = [...kept].sort().flatMap(key => {
    const value = labels.get(key)
    return value === undefined ? [] : [`${key}=${JSON.stringify(value.slice(-100))}`]
  })
  return parts.length === 0 ? metric : `${metric}{${parts.join(',')}}`
}

const LABEL = /([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*")/g

function valuesOf(said: Said, s: Settings): readonly MeterValue[] {
  const preset = presetOf(s)
  return Object.entries(said).map(([key, value]) => {
    const brace = key.indexOf('{')
    const metric = preset.metrics.find(one => one.name === (brace < 0 ? key : key.slice(0, brace)))
    if (metric === undefined) throw new Unreadable(`${key} was not asked for`)
    const labels = new Map(
      [...key.matchAll(LABEL)].map(([, k = '', v = '""']) => [k, JSON.parse(v) as string]),
    )
    const made = preset.synthetic?.(labels) ?? null
    const instance = [metric.name, ...labels.values()].join(' ')
    return {
      instance: preset.metrics.length === 1 && labels.size === 0 ? 'total' : instance,
      ...('power' in metric.quantity
        ? { power: power(value, metric.quantity.power) }
        : { energy: energy(value, metric.quantity.energy) }),
      ...(made === null ? {} : { synthetic: made }),
    }
  })
}
