import {
  type KubeletPoint,
  type KubeletReading,
  type KubeletUse,
  NO_USE,
} from '../../harness/model/kubelet.ts'
import type { KubeletMachine, KubeletRow } from '../../harness/model/result.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import type { HostClock } from '../analyse/time/host-clock.ts'

interface Wanted {
  readonly windows: readonly PhaseRecord[]
  /** Measured hosts, in the order in which nodes of a machine are to be named. */
  readonly hosts: readonly string[]
  /** Of a measured host; null: it was never probed. */
  readonly clockOf: (host: string) => HostClock | null
}

/**
 * What kubelets say of each machine in each window: mean rates between their own time stamps, which lie 10 to 15 s apart and do not fall on the
 * window's edges. Nodes with one boot id are one machine, which each of their kubelets sees whole, while each sees its own pods alone.
 */
export function kubeletMachines(readings: readonly KubeletReading[], o: Wanted): KubeletMachine[] {
  const place = ({ host }: KubeletReading): number => o.hosts.indexOf(host)
  const nodes = [
    ...Map.groupBy(
      readings.toSorted((a, b) => place(a) - place(b)),
      ({ host }) => host,
    ).values(),
  ]
  // Not every answer says on which machine.
  const machines = Map.groupBy(
    nodes,
    of => of.find(({ bootId }) => bootId !== null)?.bootId ?? `host ${of[0]?.host ?? ''}`,
  )
  return o.windows.flatMap(window => [...machines.values()].map(of => machineOf(of, window, o)))
}

/** @param nodes readings of each node of the machine */
function machineOf(
  nodes: readonly (readonly KubeletReading[])[],
  window: PhaseRecord,
  { clockOf }: Wanted,
): KubeletMachine {
  const hosts = nodes.map(([first]) => first?.host ?? '')
  const clocks = hosts.map(clockOf)
  const inside = (points: readonly (KubeletPoint | null)[], node: number): KubeletPoint[] =>
    distinct(points, clocks[node] ?? null, window)
  const first = nodes[0] ?? []
  const node = rowOf(
    first.map(one => one.node),
    points => inside(points, 0),
  )
  const pods = addUp(
    nodes.map((readings, i) =>
      rowOf(
        readings.map(one => one.allPods),
        points => inside(points, i),
      ),
    ),
  )
  const threads = first.find(one => one.threads !== null)?.threads ?? null
  const own = nodes.flatMap((readings, i) =>
    [...new Set(readings.flatMap(one => Object.keys(one.pods)))].sort().map(
      (pod): KubeletRow => ({
        of: 'pod',
        pod,
        ...rowOf(
          readings.map(one => one.pods[pod] ?? NO_USE),
          points => inside(points, i),
        ),
      }),
    ),
  )
  const [clock] = clocks
  return {
    window: window.index,
    hosts,
    interval: medianGap(
      inside(
        first.map(one => one.node.cpu),
        0,
      ),
    ),
    clockAhead: clock == null ? null : (clock.toWall(window.start) - window.start) / 1e6,
    rows: [
      { of: 'node', pod: null, ...node },
      { of: 'pods', pod: null, ...pods },
      { of: 'system', pod: null, ...minus(node, pods) },
      { of: 'idle', pod: null, ...ABSENT, cpus: difference(threads, node.cpus) },
      ...own,
    ],
  }
}

type Figures = Omit<KubeletRow, 'of' | 'pod'>

const ABSENT: Figures = {
  seconds: null,
  cpus: null,
  memoryBytes: null,
  receive: null,
  transmit: null,
  read: null,
  write: null,
}

function rowOf(
  uses: readonly KubeletUse[],
  inside: (points: readonly (KubeletPoint | null)[]) => KubeletPoint[],
): Figures {
  const rate = (field: keyof KubeletUse): number | null => rateOf(inside(uses.map(use => use[field])))
  const cpu = inside(uses.map(use => use.cpu))
  const memory = inside(uses.map(use => use.memory)).map(({ value }) => value)
  return {
    seconds: cpu.length < 2 ? null : spanOf(cpu),
    cpus: rateOf(cpu),
    memoryBytes: memory.length === 0 ? null : memory.reduce((a, b) => a + b, 0) / memory.length,
    receive: rate('receive'),
    transmit: rate('transmit'),
    read: rate('read'),
    write: rate('write'),
  }
}

/** Points in the window by the node's clock, or by the controller's where the node's is not known; each look once, in the order of time. */
function distinct(
  points: readonly (KubeletPoint | null)[],
  clock: HostClock | null,
  { start, end }: PhaseRecord,
): KubeletPoint[] {
  const [from, to] = clock === null ? [start, end] : [clock.toWall(start), clock.toWall(end)]
  const found = new Map<number, KubeletPoint>()
  for (const point of points)
    if (point !== null && point.at >= from && point.at <= to) found.set(point.at, point)
  return [...found.values()].sort((a, b) => a.at - b.at)
}

const spanOf = (points: readonly KubeletPoint[]): number =>
  ((points.at(-1)?.at ?? Number.NaN) - (points[0]?.at ?? Number.NaN)) / 1e6

/** Of a counter, a second; null: less than two looks, or it fell in between. */
function rateOf(points: readonly KubeletPoint[]): number | null {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || last.at <= first.at) return null
  const fell = points.some(({ value }, i) => value < (points[i - 1]?.value ?? value))
  return fell ? null : (last.value - first.value) / spanOf(points)
}

function medianGap(points: readonly KubeletPoint[]): number | null {
  const gaps = points.slice(1).map(({ at }, i) => (at - (points[i]?.at ?? Number.NaN)) / 1e6)
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? null
}

const difference = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a - b

const sumOf = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : (values as number[]).reduce((a, b) => a + b, 0)

/** Pods of all nodes of a machine. Their network is not known, and not all of it goes through the machine's cards. */
function addUp(rows: readonly Figures[]): Figures {
  const of = (field: keyof Figures): number | null => sumOf(rows.map(row => row[field]))
  return { ...ABSENT, cpus: of('cpus'), memoryBytes: of('memoryBytes'), read: of('read'), write: of('write') }
}

const minus = (all: Figures, pods: Figures): Figures => ({
  ...ABSENT,
  cpus: difference(all.cpus, pods.cpus),
  memoryBytes: difference(all.memoryBytes, pods.memoryBytes),
  read: difference(all.read, pods.read),
  write: difference(all.write, pods.write),
})
