import type { MachineShares, Result, RunResult } from '../../../harness/model/result.ts'
import { percentText, significant } from '../number-text.ts'
import { type Markup, markup } from './markup.ts'

type InCluster = RunResult & { readonly cluster: NonNullable<RunResult['cluster']> }

const number = (value: number | null): string => (value === null ? 'absent' : significant(value, 4))

/** What only runs in clusters have: where pods landed, whose the nodes' time and energy were, and what the kubelet says. */
export function clusterTables(result: Result): Markup | null {
  const runs = result.runs.filter((run): run is InCluster => run.cluster !== undefined)
  if (runs.length === 0) return null
  return markup`<h2 id="pods">Pods and nodes</h2><p>CPU time of all pods of a node, of everything else on its machine (system), idle and stolen time are each measured by themselves. What is missing of CPUs × time is unexplained, and spread over nobody.
Energy: idle is what the machine took in the baseline, for as long; the rest goes by CPU time to what worked. Nodes on one kernel are one machine.</p>
${runs.map(
  (
    run,
    i,
  ) => markup`<details${i === 0 ? { html: ' open' } : ''}><summary>${run.workload} on ${run.target}, run ${run.repetition}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}</summary>
<p>${placement(run)}</p>${sharesTable(run.cluster.machines)}${kubeletTable(run)}</details>`,
)}`
}

/** `pod-sut on sut (Guaranteed) · pod-load on loadgen (Guaranteed)` */
function placement({ cluster }: InCluster): string {
  const pods = cluster.pods.map(({ id, node, qos }) => `${id}${id === node ? '' : ` on ${node}`} (${qos})`)
  const spread = cluster.startSpread
  const start = spread === null ? '' : ` · load programs began within ${significant(spread * 1000, 3)} ms`
  return `${pods.join(' · ')}${start}`
}

function sharesTable(machines: readonly MachineShares[]): Markup | null {
  if (machines.length === 0) return null
  const head = ['Window', 'Nodes', 'CPUs × time', 'Pods', 'Under test', 'Load', 'System', 'Idle', 'Stolen']
  const rows = machines.flatMap(({ window, hosts, cpuSeconds, cpu, joules }) => {
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
    if (joules === null) return [first]
    const energy = [joules.pods, null, null, joules.system, joules.idle, null, joules.unexplained]
    const second = ['', '', `${number(joules.machine)} J`]
    return [first, [...second, ...energy.map(value => (value === null ? '' : number(value)))]]
  })
  return markup`<div class="scroll"><table class="small"><thead><tr>${[...head, 'Unexplained'].map((text, i) => markup`<th${i > 1 ? { html: ' class="n"' } : ''}>${text}</th>`)}</tr></thead><tbody>${rows.map(
    row =>
      markup`<tr>${row.map((cell, i) => markup`<td${i > 1 ? { html: ' class="n"' } : ''}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
}

function kubeletTable({ cluster }: InCluster): Markup | null {
  if (cluster.kubelet.length === 0) return null
  const rows = cluster.kubelet.map(({ window, service, host, seconds, recorder, kubelet }) => {
    const apart = recorder === null || recorder === 0 ? 'absent' : percentText(kubelet / recorder - 1)
    return markup`<tr><td>${window + 1}</td><td>${service} on ${host}</td><td class="n">${number(seconds)}</td><td class="n">${number(recorder)}</td><td class="n">${number(kubelet)}</td><td class="n">${apart}</td></tr>`
  })
  return markup`<p>CPU seconds by the recorder and by the kubelet, between the first and the last of the kubelet’s own time stamps in a window.</p>
<div class="scroll"><table class="small"><thead><tr><th>Window</th><th>Service</th><th class="n">Seconds</th><th class="n">Recorder</th><th class="n">Kubelet</th><th class="n">Difference</th></tr></thead><tbody>${rows}</tbody></table></div>`
}
