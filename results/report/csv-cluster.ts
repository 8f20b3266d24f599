import type { Result, RunResult } from '../../harness/model/result.ts'

type Cell = string | number | null

export interface CsvTable {
  readonly path: string
  readonly rows: readonly (readonly Cell[])[]
}

/** What only runs in clusters have; none without them. */
export function clusterCsv(result: Result): CsvTable[] {
  const runs = result.runs.filter(run => run.cluster !== undefined)
  if (runs.length === 0) return []
  return [
    { path: 'machines.csv', rows: [MACHINES, ...runs.flatMap(machines)] },
    ...(runs.some(run => (run.cluster?.kubeletMachines.length ?? 0) > 0)
      ? [{ path: 'kubelet.csv', rows: [KUBELET, ...runs.flatMap(kubelet)] }]
      : []),
  ]
}

const RUN = ['run', 'target', 'workload', 'window', 'hosts']
const headOf = (run: RunResult, window: number, hosts: readonly string[]): Cell[] => [
  run.id,
  run.target,
  run.workload,
  window,
  hosts.join(' '),
]

const MACHINES = [
  ...RUN,
  ...['all', 'pods', 'sut', 'load', 'system', 'idle', 'stolen', 'unexplained'].map(what => `cpu_${what}_s`),
  // A model's is a range, never its middle; parts are shares of it, as of a meter's.
  'energy_machine_J',
  'energy_machine_low_J',
  'energy_machine_high_J',
  ...['pods', 'system', 'idle', 'stolen', 'unexplained'].map(what => `energy_${what}_share`),
  'energy_absent_because',
]

const machines = (run: RunResult): Cell[][] =>
  (run.cluster?.machines ?? []).map(({ window, hosts, cpuSeconds, cpu, joules, joulesAbsent }) => [
    ...headOf(run, window, hosts),
    cpuSeconds,
    cpu.pods,
    cpu.sut,
    cpu.load,
    cpu.system,
    cpu.idle,
    cpu.stolen,
    cpu.unexplained,
    ...(joules === null
      ? Array<Cell>(8).fill(null)
      : [
          joules.range === null ? joules.machine : null,
          joules.range?.[0] ?? null,
          joules.range?.[1] ?? null,
          ...[joules.pods, joules.system, joules.idle, joules.stolen, joules.unexplained].map(
            part => part / joules.machine,
          ),
        ]),
    joulesAbsent,
  ])

const KUBELET = [
  ...RUN,
  'of',
  'pod',
  'look_interval_s',
  'clock_ahead_s',
  'between_looks_s',
  'cpus',
  'memory_working_set_B',
  'disk_read_B_per_s',
  'disk_write_B_per_s',
  'net_receive_B_per_s',
  'net_transmit_B_per_s',
]

const kubelet = (run: RunResult): Cell[][] =>
  (run.cluster?.kubeletMachines ?? []).flatMap(({ window, hosts, interval, clockAhead, rows }) =>
    rows.map(row => [
      ...headOf(run, window, hosts),
      row.of,
      row.pod,
      interval,
      clockAhead,
      row.seconds,
      row.cpus,
      row.memoryBytes,
      row.read,
      row.write,
      row.receive,
      row.transmit,
    ]),
  )
