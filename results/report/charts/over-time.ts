import type { Json } from '../../../harness/model/json.ts'
import type { RunResult, Trace } from '../../../harness/model/result.ts'
import { significant } from '../number-text.ts'
import { axis, BASE_OPTIONS, type ChartSpec, LINE_LEGEND, seriesColour } from './chart-spec.ts'

const HEIGHT = 320
const WIDTH = 1000
/** Rows of the table behind the picture: the traces are thinned to at most so many. */
const TABLE_ROWS = 60

/** Of several meters of one host; CPU has another. */
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [8, 3, 2, 3]]

type Point = { readonly x: number; readonly y: number | null }

const points = (trace: Trace, values: readonly (number | null)[], factor = 1): Point[] =>
  trace.t.map((x, i) => {
    const y = values[i]
    return { x, y: y === null || y === undefined ? null : y * factor }
  })

/** A phase as a shaded band: a filled step on an axis of its own, so that the spec stays plain data. */
function band(
  name: string,
  stretches: readonly (readonly [number, number])[],
  colour: string,
): { [key: string]: Json } {
  const data = stretches.flatMap(([from, to]) => [
    { x: from, y: 1 },
    { x: to, y: 1 },
    { x: to, y: null },
  ])
  return {
    label: name,
    data,
    yAxisID: 'phases',
    fill: 'origin',
    backgroundColor: colour,
    borderColor: 'transparent',
    borderWidth: 0,
    pointRadius: 0,
    pointStyle: 'rect',
    order: 10,
  }
}

function bands(run: RunResult): { [key: string]: Json }[] {
  const origin = Math.min(...run.stretches.map(s => s.phase.start))
  const of = (name: string): (readonly [number, number])[] =>
    run.stretches
      .filter(s => s.phase.name === name)
      .map(s => [(s.phase.start - origin) / 1e6, (s.phase.end - origin) / 1e6] as const)
  const entries = [
    ['baseline', of('baseline'), '@shade'],
    ['idle', of('idle'), '@shade'],
    ['window', of('window'), '@window'],
  ] as const
  return entries
    .filter(([, stretches]) => stretches.length > 0)
    .map(([name, stretches, colour]) => band(name, stretches, colour))
}

function line(
  label: string,
  data: readonly Point[],
  colour: string,
  more: { readonly [key: string]: Json },
): { [key: string]: Json } {
  return {
    label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    pointRadius: 0,
    pointStyle: 'line',
    spanGaps: false,
    ...more,
  }
}

/** A model's range: two lines, the area between them filled. */
function range(trace: Trace, colour: string): { [key: string]: Json }[] {
  if (trace.low === null || trace.high === null) return []
  const edge = { borderWidth: 0, yAxisID: 'power', pointRadius: 0 }
  return [
    line(`${trace.host}: power, 95 % low`, points(trace, trace.low), colour, edge),
    line(`${trace.host}: power, 95 % range of the model`, points(trace, trace.high), colour, {
      ...edge,
      fill: '-1',
      pointStyle: 'rect',
      backgroundColor: `${colour}-soft`,
    }),
  ]
}

const meterLine = (
  t: Trace,
  { colour, borderDash }: { readonly colour: string; readonly borderDash: number[] },
): { [key: string]: Json } =>
  line(`${t.host}: power, W (${t.source})`, points(t, t.v), colour, {
    yAxisID: 'power',
    order: 1,
    ...(borderDash.length === 0 ? {} : { borderDash }),
  })

/** Power and CPU over one run, phases shaded. null: the run has no trace. */
export function overTime(run: RunResult, title: string): ChartSpec | null {
  if (run.traces.length === 0 || run.stretches.length === 0) return null
  const power = run.traces.filter(t => t.name === 'power')
  const cpu = run.traces.filter(t => t.name === 'cpu')
  const hosts = [...new Set(run.traces.map(t => t.host))]
  const colourOf = (host: string): string => seriesColour(hosts.indexOf(host) * 2)
  const lineOf = (t: Trace): { colour: string; borderDash: number[] } => {
    const k = power.filter(other => other.host === t.host && other.low === null).indexOf(t)
    // Colours of one host's meters differ where no other host needs them; dashes always.
    const colour = hosts.length === 1 && k > 0 ? seriesColour(k + 1) : colourOf(t.host)
    return { colour, borderDash: [...(DASHES[k % DASHES.length] ?? [])] }
  }
  const datasets = [
    // A range is shown as a range, never as its middle.
    ...power.flatMap(t => (t.low === null ? [meterLine(t, lineOf(t))] : range(t, colourOf(t.host)))),
    ...cpu.map(t =>
      line(`${t.host}: CPU, %`, points(t, t.v, 100), seriesColour(hosts.indexOf(t.host) * 2 + 1), {
        yAxisID: 'cpu',
        order: 0,
        borderWidth: 1.5,
        borderDash: [5, 3],
      }),
    ),
    ...bands(run),
  ]
  const hidden = datasets.flatMap(({ label }, i) =>
    typeof label === 'string' && label.endsWith('95 % low') ? [i] : [],
  )
  const last = Math.max(...run.traces.flatMap(t => t.t))
  return {
    id: `over-time-${run.id}`,
    title,
    alternative: `${title}: CPU use in per cent${power.length > 0 ? ' and power in watts' : ''} over ${Math.round(last)} seconds, with baseline, idle and window shaded. The figures are in the table below.`,
    width: WIDTH,
    height: HEIGHT,
    config: {
      type: 'line',
      data: { datasets },
      options: {
        ...BASE_OPTIONS,
        parsing: false,
        interaction: { mode: 'nearest', axis: 'x', intersect: false },
        scales: {
          x: axis('seconds since the run began', { type: 'linear', min: 0, max: Math.ceil(last / 10) * 10 }),
          ...(power.length > 0 ? { power: axis('power, W', { position: 'left', beginAtZero: true }) } : {}),
          cpu: axis('CPU, %', {
            position: 'right',
            min: 0,
            max: 100,
            grid: { drawOnChartArea: power.length === 0, color: '@line' },
          }),
          phases: { display: false, min: 0, max: 1 },
        },
        plugins: { legend: LINE_LEGEND },
      },
      notInLegend: hidden,
    },
    table: table([...power, ...cpu]),
  }
}

function table(traces: readonly Trace[]): string[][] {
  const first = traces[0]
  if (first === undefined) return []
  const step = Math.max(1, Math.ceil(first.t.length / TABLE_ROWS))
  const header = [
    'time, s',
    ...traces.map(t => (t.name === 'cpu' ? `${t.host}: CPU, %` : `${t.host}: power, W (${t.source})`)),
  ]
  const cell = (t: Trace, i: number): string => {
    const [low, high] = [t.low?.[i], t.high?.[i]]
    if (typeof low === 'number' && typeof high === 'number')
      return `${significant(low, 3)} … ${significant(high, 3)}`
    const v = t.v[i]
    return v === null || v === undefined ? 'absent' : significant(t.name === 'cpu' ? v * 100 : v, 3)
  }
  const rows = first.t.flatMap((x, i) =>
    i % step === 0 ? [[significant(x, 4), ...traces.map(t => cell(t, i))]] : [],
  )
  return [header, ...rows]
}
