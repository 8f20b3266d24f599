import type { Estimate, Result } from '../../harness/model/result.ts'
import { clusterCsv } from './csv-cluster.ts'
import type { ReportFormat } from './report-format.ts'

type Cell = string | number | null

/** RFC 4180; a text that a spreadsheet could take for a formula is kept from it by a leading apostrophe. Absent is an empty field. */
function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const csvText = (rows: readonly (readonly Cell[])[]): string =>
  rows.map(row => `${row.map(cell).join(',')}\r\n`).join('')

const estimateHeader = (name: string, unit: string): string[] =>
  ['n', `mean_or_observation_${unit}`, `sd_${unit}`, `low_${unit}`, `high_${unit}`].map(
    part => `${name}_${part}`,
  )

function estimateCells(e: Estimate): Cell[] {
  const only = e.values.length === 1 && e.ranges === null ? (e.values[0] ?? null) : null
  return [
    e.n,
    e.ranges === null ? (e.mean ?? only) : null,
    e.sd,
    e.expanded?.[0] ?? null,
    e.expanded?.[1] ?? null,
  ]
}

function groups(result: Result): Cell[][] {
  const header = [
    'target',
    'workload',
    'version',
    'functional_unit',
    'verdict',
    'source_kind',
    'accuracy_class',
    'scope',
    ...estimateHeader('energy_per_unit', 'J'),
    ...estimateHeader('energy_per_unit_above_baseline', 'J'),
    ...estimateHeader('energy_per_window', 'J'),
    ...estimateHeader('power', 'W'),
    ...estimateHeader('baseline_power', 'W'),
    ...estimateHeader('rate', 'per_s'),
    ...estimateHeader('latency_p95', 'us'),
    ...estimateHeader('cpu_utilisation', 'share'),
    'loadgen_shared',
    'loadgen_cpu_share',
  ]
  const rows = result.groups.map(g => [
    g.target,
    g.workload,
    g.version,
    g.functionalUnit,
    g.verdict,
    g.evidence?.kind ?? null,
    g.evidence?.class ?? null,
    g.evidence?.scope ?? null,
    ...[
      g.energyPerUnit,
      g.energyPerUnitAboveBaseline,
      g.energyPerWindow,
      g.power,
      g.baselinePower,
      g.rate,
      g.latencyP95,
      g.cpuUtilisation,
    ].flatMap(estimateCells),
    String(g.loadgen.shared),
    g.loadgen.cpuShare,
  ])
  return [header, ...rows]
}

function stretches(result: Result): Cell[][] {
  const header = [
    'run',
    'target',
    'workload',
    'repetition',
    'attempt',
    'measurement',
    'phase',
    'index',
    'start_unix_s',
    'seconds',
    'host',
    'energy_source',
    'source_kind',
    'accuracy_class',
    'scope',
    'energy_J',
    'energy_low_J',
    'energy_high_J',
    'energy_absent_because',
    'instrument_limit_sum_J',
    'instrument_expanded_k2_J',
    'units',
    'failed',
  ]
  const rows = result.runs.flatMap(run =>
    run.stretches.flatMap(s => {
      const head = [
        run.id,
        run.target,
        run.workload,
        run.repetition,
        run.attempt,
        run.verdicts.measurement,
        s.phase.name,
        s.phase.index,
        s.phase.start / 1e6,
        s.seconds,
      ]
      const work = [s.work?.units ?? null, s.work?.failed ?? null]
      if (s.energy.length === 0) return [[...head, ...Array<Cell>(11).fill(null), ...work]]
      return s.energy.map(e => [
        ...head,
        e.host,
        e.evidence.source,
        e.evidence.kind,
        e.evidence.class,
        e.evidence.scope,
        // A range is shown as a range, never as its middle.
        e.range === null ? e.joules : null,
        e.range?.[0] ?? null,
        e.range?.[1] ?? null,
        e.reason,
        e.limits?.linear ?? null,
        e.limits?.expanded ?? null,
        ...work,
      ])
    }),
  )
  return [header, ...rows]
}

function use(result: Result): Cell[][] {
  const header = [
    'run',
    'target',
    'workload',
    'phase',
    'index',
    'host',
    'cpu_busy_s',
    'cpu_utilisation',
    'steal_share',
    'memory_used_B',
    'disk_read_B',
    'disk_write_B',
    'net_receive_B',
    'net_transmit_B',
    'service',
    'service_cpu_s',
    'service_memory_B',
    'service_read_B',
    'service_write_B',
    'service_throttled_s',
    'service_net_receive_B',
    'service_net_transmit_B',
  ]
  const rows = result.runs.flatMap(run =>
    run.stretches.flatMap(s =>
      s.use.flatMap(u => {
        const head = [run.id, run.target, run.workload, s.phase.name, s.phase.index, u.host]
        const host = [
          u.cpuBusySeconds,
          u.cpuUtilisation,
          u.stealShare,
          u.memoryUsedBytes,
          u.diskReadBytes,
          u.diskWriteBytes,
          u.netReceiveBytes,
          u.netTransmitBytes,
        ]
        return [
          [...head, ...host, ...Array<Cell>(8).fill(null)],
          ...u.services.map(v => [
            ...head,
            ...Array<Cell>(8).fill(null),
            v.id,
            v.cpuSeconds,
            v.memoryBytes,
            v.readBytes,
            v.writeBytes,
            v.throttledSeconds,
            v.receiveBytes,
            v.transmitBytes,
          ]),
        ]
      }),
    ),
  )
  return [header, ...rows]
}

export const csv: ReportFormat = {
  id: 'csv',
  title: 'results, energy and use as tables, full precision, base units',
  render: async result => [
    { path: 'results.csv', content: csvText(groups(result)) },
    { path: 'energy.csv', content: csvText(stretches(result)) },
    { path: 'use.csv', content: csvText(use(result)) },
    ...clusterCsv(result).map(({ path, rows }) => ({ path, content: csvText(rows) })),
  ],
}
