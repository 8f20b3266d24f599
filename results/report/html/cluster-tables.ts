import type {
  KubeletMachine,
  KubeletRow,
  MachineShares,
  Result,
  RunResult,
} from '../../../harness/model/result.ts'
import { bytesText, percentText, significant } from '../number-text.ts'
import { startText } from '../start-text.ts'
import { type Markup, markup } from './markup.ts'

type InCluster = RunResult & { readonly cluster: NonNullable<RunResult['cluster']> }

const number = (value: number | null): string => (value === null ? 'absent' : significant(value, 4))

/** What only runs in clusters have: where pods landed, whose the nodes' time and energy were, and what the kubelet says. */
export function clusterTables(result: Result): Markup | null {
  const runs = result.runs.filter((run): run is InCluster => run.cluster !== undefined)
  if (runs.length === 0) return null
  return markup`<h2 id="pods">Pods and nodes</h2><p>CPU time of all pods of a node, of everything else on its machine (system), idle and stolen time are each measured by themselves. What is missing of CPUs × time is unexplained, and spread over nobody.
Energy: idle is what the machine took in the baseline, for as long; the rest goes by CPU time to what worked; of a model by the middle of its range. Nodes on one kernel are one machine.</p>
${runs.map(
  (
    run,
    i,
  ) => markup`<details${i === 0 ? { html: ' open' } : ''}><summary>${run.workload} on ${run.target}, run ${run.repetition}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}</summary>
<p>${placement(run)}</p>${podsTable(run)}${sharesTable(run.cluster)}${kubeletTable(run)}${kubeletMachinesTable(run.cluster.kubeletMachines)}</details>`,
)}`
}

/** `pod-sut on sut (Guaranteed) · pod-load on loadgen (Guaranteed)` */
function placement({ cluster }: InCluster): string {
  const pods = cluster.pods.map(({ id, node, qos }) => `${id}${id === node ? '' : ` on ${node}`} (${qos})`)
  const start = startText(cluster)
  return [...pods, ...(start === null ? [] : [start])].join(' · ')
}

/** Columns from the third on are figures. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): Markup =>
  markup`<div class="scroll"><table class="small"><thead><tr>${head.map((text, i) => markup`<th${i > 1 ? { html: ' class="n"' } : ''}>${text}</th>`)}</tr></thead><tbody>${rows.map(
    row =>
      markup`<tr>${row.map((cell, i) => markup`<td${i > 1 ? { html: ' class="n"' } : ''}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`

const size = (value: number | null, per = ''): string =>
  value === null ? 'absent' : `${bytesText(value)}${per}`

/** What each service took in its pod, by the recorder. */
function podsTable(run: InCluster): Markup | null {
  const rows = run.stretches.flatMap(({ phase, use }) =>
    phase.name !== 'window'
      ? []
      : use.flatMap(({ host, services }) =>
          services.map(service => [
            String(phase.index + 1),
            `${service.id} on ${host}`,
            number(service.cpuSeconds),
            number(service.throttledSeconds),
            ...[
              service.memoryBytes,
              service.readBytes,
              service.writeBytes,
              service.receiveBytes,
              service.transmitBytes,
            ].map(value => size(value)),
          ]),
        ),
  )
  if (rows.length === 0) return null
  const head = ['Window', 'Service', 'CPU s', 'Held back, s', 'Memory', 'Read', 'Written', 'Net in', 'Out']
  return markup`<p>What each pod of the run took, by the recorder. Read and written are bytes of disks.</p>${table(head, rows)}`
}

/** Why nothing is said of whose the time of nodes was; null: it is said. */
function sharesAbsent({ pods, machines }: InCluster['cluster']): string | null {
  if (machines.length > 0) return null
  return pods.every(({ id, node }) => id === node)
    ? 'Whose the time and energy of nodes was is absent: pods were measured from inside (access: pod).'
    : 'Whose the time and energy of nodes was is absent: the CPU time of all pods of a node was not recorded.'
}

function sharesTable(cluster: InCluster['cluster']): Markup {
  const absent = sharesAbsent(cluster)
  if (absent !== null) return markup`<p>${absent}</p>`
  const { machines } = cluster
  const head = ['Window', 'Nodes', 'CPUs × time', 'Pods', 'Under test', 'Load', 'System', 'Idle', 'Stolen']
  const rows = machines.flatMap(({ window, hosts, cpuSeconds, cpu, joules, joulesAbsent }) => {
    const unexplained =
      cpu.unexplained === null
        ? 'absent'
        : `${number(cpu.unexplained)} (${percentText(cpu.unexplained / cpuSeconds)})`
    const first = [
      String(window + 1),
      hosts.join(', '),
      `${number(cpuSeconds)} s`,
      ...[cpu.pods, cpu.sut, cpu.load, cpu.system, cpu.idle, cpu.stolen].map(number),
      unexplained,
    ]
    return [first, energyRow(joules, joulesAbsent)]
  })
  return markup`<p>Whose the CPU time of each machine was, s; below it whose its energy.</p>${table([...head, 'Unexplained'], rows)}`
}

/** Of a meter's energy parts in J; a model's has no single figure, and parts are shares of whatever it was. */
function energyRow(joules: MachineShares['joules'], absent: string | null): string[] {
  if (joules === null) return ['', `energy absent: ${absent ?? 'not known'}`, ...Array<string>(8).fill('')]
  const { machine, range } = joules
  const part = (value: number): string =>
    range === null ? `${number(value)} J` : percentText(value / machine)
  const whole =
    range === null ? `${number(machine)} J` : `${significant(range[0], 2)} … ${significant(range[1], 2)} J`
  return [
    '',
    range === null ? 'energy' : 'energy (model)',
    whole,
    part(joules.pods),
    '',
    '',
    part(joules.system),
    part(joules.idle),
    part(joules.stolen),
    part(joules.unexplained),
  ]
}

function kubeletTable({ cluster }: InCluster): Markup | null {
  if (cluster.kubelet.length === 0) return null
  const rows = cluster.kubelet.map(({ window, service, host, seconds, recorder, kubelet }) => {
    const apart = recorder === null || recorder === 0 ? 'absent' : percentText(kubelet / recorder - 1)
    return [String(window + 1), `${service} on ${host}`, ...[seconds, recorder, kubelet].map(number), apart]
  })
  return markup`<p>CPU seconds by the recorder and by the kubelet, between the first and the last of the kubelet’s own time stamps in a window.</p>
${table(['Window', 'Service', 'Seconds', 'Recorder', 'Kubelet', 'Difference'], rows)}`
}

const ROWS: Readonly<Record<KubeletRow['of'], string>> = {
  node: 'Machine',
  pods: 'All pods',
  system: 'System',
  idle: 'Idle',
  pod: '',
}

function kubeletMachinesTable(machines: readonly KubeletMachine[]): Markup | null {
  if (machines.length === 0) return null
  const rows = machines.flatMap(machine =>
    machine.rows.map(row => [
      String(machine.window + 1),
      row.pod ?? `${ROWS[row.of]} of ${machine.hosts.join(', ')}`,
      row.seconds === null && row.of !== 'node' && row.of !== 'pod' ? '' : number(row.seconds),
      number(row.cpus),
      ...(row.of === 'idle'
        ? ['', '', '', '', '']
        : [
            size(row.memoryBytes),
            ...[row.read, row.write].map(value => size(value, '/s')),
            ...[row.receive, row.transmit].map(value =>
              row.of === 'node' || row.of === 'pod' ? size(value, '/s') : '',
            ),
          ]),
    ]),
  )
  const head = ['Window', 'Of', 'Seconds', 'CPUs', 'Memory', 'Read', 'Written', 'Net in', 'Out']
  return markup`<p>${kubeletTerms(machines)}</p>${table(head, rows)}`
}

/** `10`, or `10 to 15`. */
function between(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(value => significant(value, digits))
  return least === most ? `${least}` : `${least} to ${most}`
}

/** On what terms the kubelet's figures are to be taken. */
function kubeletTerms(machines: readonly KubeletMachine[]): string {
  const intervals = machines.flatMap(({ interval }) => interval ?? [])
  const looked =
    intervals.length === 0
      ? 'It looked less than twice in a window, so that nothing can be said.'
      : `Asked every 10 s, it was seen to look every ${between(intervals, 3)} s, which no edge of a window falls on.`
  const ahead = machines.flatMap(({ clockAhead }) => clockAhead ?? [])
  const clock =
    ahead.length < machines.length
      ? 'The clock of a node is not known, and is taken for the controller’s.'
      : `The clocks of nodes are known, and were ahead of the controller’s by ${between(
          ahead.map(seconds => seconds * 1000),
          2,
        )} ms.`
  return `By the kubelet: mean rates between its own time stamps in a window. ${looked} ${clock} System is what the machine worked beside its pods; stolen time is not told apart from idle. Absent is what the kubelet does not say, or said less than twice in the window.`
}
