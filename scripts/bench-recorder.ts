import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  benchSources,
  buildTwin,
  busyCores,
  type Cost,
  nodeExporter,
  perlRecorder,
  perlUnprivileged,
  type Setting,
  type Subject,
  sadc,
} from './bench-recorder-subjects.ts'

const HELP = `scripts/bench-recorder: CPU time per reading of the perl recorder against its C twin, in interleaved pairs,
beside sadc (1 Hz) and node_exporter (same rate), idle and with all cores busy.

  --seconds N   length of a measurement (default 20)
  --pairs N     pairs of perl and twin (default 7)
  --others N    measurements of sadc and node_exporter each (default 3)
  --rates LIST  readings per second (default 1,10)
  --loads LIST  idle,busy (default both)
  --json        figures as JSON instead of the table`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    pairs: { type: 'string', default: '7' },
    others: { type: 'string', default: '3' },
    rates: { type: 'string', default: '1,10' },
    loads: { type: 'string', default: 'idle,busy' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

type Load = 'idle' | 'busy'

/** Figures of one rate and load; CPU in µs per reading, ratios of CPU pair by pair, lateness in µs. */
interface Row {
  readonly rate: number
  readonly load: Load
  readonly perl: readonly number[]
  readonly twin: readonly number[]
  readonly late: readonly number[]
  readonly twinLate: readonly number[]
  readonly unprivilegedLate: readonly number[]
  readonly others: Readonly<Record<string, readonly number[]>>
}

const work = await mkdtemp(join(tmpdir(), 'joulemark-bench-'))
try {
  if (values.help) console.log(HELP)
  else await main()
} finally {
  await rm(work, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const twin = buildTwin(work)
  const rows: Row[] = []
  for (const rate of values.rates.split(',').map(Number))
    for (const load of values.loads.split(',') as Load[]) rows.push(await measureRow(rate, load, twin))
  console.log(
    values.json
      ? JSON.stringify({ pairs: Number(values.pairs), seconds: Number(values.seconds), rows })
      : table(rows),
  )
}

async function measureRow(rate: number, load: Load, twin: Subject): Promise<Row> {
  const one = async (subject: Subject): Promise<Cost> => measure(subject, { rate, load })
  const [perls, twins]: [Cost[], Cost[]] = [[], []]
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    // The order turns round from pair to pair, so that a drift of the machine hits both alike.
    if (pair % 2 === 0) perls.push(await one(perlRecorder))
    twins.push(await one(twin))
    if (pair % 2 === 1) perls.push(await one(perlRecorder))
    note(
      `${rate} Hz ${load}, pair ${pair + 1}: ${micros(perls[pair]?.cpuMicros)} / ${micros(twins[pair]?.cpuMicros)} µs`,
    )
  }
  const subjects: Record<string, Subject | null> = {
    ...(rate === 1 ? { sadc: sadc([]), 'sadc -S ALL': sadc(['-S', 'ALL']) } : {}),
    node_exporter: nodeExporter(),
  }
  const repeat = async (subject: Subject | null): Promise<Cost[]> => {
    const costs: Cost[] = []
    if (subject === null) return costs
    for (let i = 0; i < Number(values.others); i++) costs.push(await one(subject))
    return costs
  }
  const others: Record<string, number[]> = {}
  for (const [name, subject] of Object.entries(subjects)) {
    const costs = (await repeat(subject)).map(cost => cost.cpuMicros)
    if (costs.length === 0) continue
    others[name] = costs
    note(`${rate} Hz ${load}, ${name}: ${costs.map(micros).join(' ')} µs`)
  }
  return {
    rate,
    load,
    perl: perls.map(cost => cost.cpuMicros),
    twin: twins.map(cost => cost.cpuMicros),
    late: perls.flatMap(cost => cost.late),
    twinLate: twins.flatMap(cost => cost.late),
    unprivilegedLate: (await repeat(perlUnprivileged)).flatMap(cost => cost.late),
    others,
  }
}

async function measure(subject: Subject, { rate, load }: { rate: number; load: Load }): Promise<Cost> {
  const seconds = Number(values.seconds)
  await using _cores = load === 'busy' ? await busyCores(availableParallelism(), seconds + 60) : null
  const dir = await mkdtemp(join(work, 'one-'))
  await chmod(work, 0o711)
  const setting: Setting = { rate, seconds, dir }
  try {
    return await subject(setting)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function note(text: string): void {
  console.error(text)
}

/** Value below which a share q of the values lies (nearest rank). */
function quantile(list: readonly number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}

function micros(value: number | undefined): string {
  return value === undefined ? 'absent' : value.toFixed(value < 100 ? 1 : 0)
}

/** median (min…max) */
function spread(list: readonly number[], print: (value: number) => string): string {
  return `${print(quantile(list, 0.5))} (${print(quantile(list, 0))}…${print(quantile(list, 1))})`
}

/** Of two that were not measured in pairs: median ÷ median (least ÷ most…most ÷ least). */
function share(own: readonly number[], other: readonly number[]): string {
  const at = (p: number, q: number): string => (quantile(own, p) / quantile(other, q)).toFixed(3)
  return `${at(0.5, 0.5)} (${at(0, 1)}…${at(1, 0)})`
}

function lateness(late: readonly number[]): string {
  return late.length === 0
    ? 'not measured'
    : `${micros(quantile(late, 0.5))} / ${micros(quantile(late, 0.99))}`
}

function table(rows: readonly Row[]): string {
  const ratio = (value: number): string => value.toFixed(2)
  const lines = rows.map(row => {
    const ratios = row.perl.map((value, i) => value / (row.twin[i] ?? Number.NaN))
    const cells = [
      `${row.rate} Hz`,
      row.load,
      spread(row.perl, micros),
      spread(row.twin, micros),
      spread(ratios, ratio),
      ...[row.late, row.twinLate, row.unprivilegedLate].map(lateness),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const others = rows.flatMap(row =>
    Object.entries(row.others).map(
      ([name, costs]) =>
        `| ${row.rate} Hz | ${row.load} | ${name} | ${spread(costs, micros)} | ${share(row.perl, costs)} |`,
    ),
  )
  return [
    `${values.pairs} interleaved pairs of ${values.seconds} s, ${benchSources().length} files per reading, ${availableParallelism()} cores; median (min…max)`,
    '',
    '| rate | cores | perl, µs CPU per reading | C twin, µs | perl ÷ twin, by pair | perl late, µs p50 / p99 | twin late | perl late, not root |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    '| rate | cores | beside it | µs CPU per reading | perl ÷ it, medians (least…most) |',
    '|---|---|---|---|---|',
    ...others,
  ].join('\n')
}
