import type { MachineShares, Result, RunResult } from '../../harness/model/result.ts'
import { bytesText, percentText, significant } from './number-text.ts'
import { startText } from './start-text.ts'

type Table = (header: readonly string[], rows: readonly (readonly string[])[]) => string

const known = (value: number | null): string => (value === null ? 'absent' : significant(value, 4))
const size = (value: number | null): string => (value === null ? 'absent' : bytesText(value))

/** What only runs in clusters have: what pods took, whose the time and energy of machines was, and what the kubelet says; none without them. */
export function clusterMd(result: Result, table: Table): string[] {
  const runs = result.runs.filter(run => run.cluster !== undefined)
  if (runs.length === 0) return []
  const pods = runs.flatMap(podRows)
  const shares = runs.flatMap(shareRows)
  const checks = runs.flatMap(checkRows)
  const starts = runs.flatMap(run => {
    const start = run.cluster === undefined ? null : startText(run.cluster)
    return start === null ? [] : [`- ${nameOf(run)}: ${start}`]
  })
  return [
    '## Pods and nodes',
    ...(pods.length === 0 ? [] : [table(POD_HEAD, pods)]),
    ...(starts.length === 0 ? [] : [starts.join('\n')]),
    ...(shares.length === 0 ? [] : [METHOD, table(SHARE_HEAD, shares)]),
    ...(checks.length === 0 ? [] : [table(CHECK_HEAD, checks)]),
  ]
}

const METHOD =
  'Of energy idle is given what the machine took in the baseline, for as long; the rest goes by CPU time to what worked; of a model by the middle of its range. What is missing of CPUs × time is unexplained, and spread over nobody.'

const nameOf = (run: RunResult): string =>
  `${run.workload} on ${run.target}, run ${run.repetition}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`

const POD_HEAD = [
  'run',
  'window',
  'service',
  'CPU s',
  'held back, s',
  'memory',
  'read',
  'written',
  'net in',
  'out',
]

const podRows = (run: RunResult): string[][] =>
  run.stretches
    .filter(({ phase }) => phase.name === 'window')
    .flatMap(({ phase, use }) =>
      use.flatMap(({ host, services }) =>
        services.map(service => [
          nameOf(run),
          String(phase.index + 1),
          `${service.id} on ${host}`,
          known(service.cpuSeconds),
          known(service.throttledSeconds),
          ...[
            service.memoryBytes,
            service.readBytes,
            service.writeBytes,
            service.receiveBytes,
            service.transmitBytes,
          ].map(size),
        ]),
      ),
    )

const SHARE_HEAD = [
  'run',
  'window',
  'nodes',
  'CPUs × time, s',
  'pods, s',
  'system, s',
  'idle, s',
  'stolen, s',
  'unexplained, s',
  'machine, J',
  'of it pods',
  'system',
  'idle',
  'stolen',
  'unexplained',
]

const shareRows = (run: RunResult): string[][] =>
  (run.cluster?.machines ?? []).map(({ window, hosts, cpuSeconds, cpu, joules, joulesAbsent }) => [
    nameOf(run),
    String(window + 1),
    hosts.join(', '),
    ...[cpuSeconds, cpu.pods, cpu.system, cpu.idle, cpu.stolen, cpu.unexplained].map(known),
    ...energyCells(joules, joulesAbsent),
  ])

/** A model's energy is a range; parts are shares of it. */
function energyCells(joules: MachineShares['joules'], absent: string | null): string[] {
  if (joules === null) return [`absent: ${absent ?? 'not known'}`, ...Array<string>(5).fill('')]
  const { machine, range, pods, system, idle, stolen, unexplained } = joules
  return [
    range === null ? known(machine) : `${significant(range[0], 2)} … ${significant(range[1], 2)} (model)`,
    ...[pods, system, idle, stolen, unexplained].map(part => percentText(part / machine)),
  ]
}

const CHECK_HEAD = [
  'run',
  'window',
  'service',
  'between looks, s',
  'CPU s by the recorder',
  'by the kubelet',
  'difference',
]

const checkRows = (run: RunResult): string[][] =>
  (run.cluster?.kubelet ?? []).map(({ window, service, host, seconds, recorder, kubelet }) => [
    nameOf(run),
    String(window + 1),
    `${service} on ${host}`,
    ...[seconds, recorder, kubelet].map(known),
    recorder === null || recorder === 0 ? 'absent' : percentText(kubelet / recorder - 1),
  ])
