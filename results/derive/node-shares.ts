import type { MachineShares } from '../../harness/model/result.ts'
import { isLoadgen } from '../../harness/model/workload.ts'
import { valueOf } from '../analyse/integrate/integral.ts'
import type { StretchMeasure } from '../analyse/recording/stretch-meter.ts'
import type { Use } from '../analyse/recording/wanted.ts'
import type { HostEnergy } from './host-energy.ts'
import type { HostMeasure } from './measure-host.ts'
import type { RunContext } from './run-context.ts'

interface Measures {
  readonly context: RunContext
  readonly measures: readonly HostMeasure[]
  readonly energies: readonly HostEnergy[]
}

/**
 * What of the machines under a cluster's nodes was whose, window by window: pods, everything else on the machine, idle and stolen time are
 * each measured by themselves; the machine's own figure is CPUs × time. Nodes with one boot id are one machine.
 */
export function nodeShares(o: Measures): MachineShares[] {
  const machines = Map.groupBy(o.measures, ({ host }) => o.context.machineOf(host))
  return [...machines.values()].flatMap(here =>
    o.context.stretches.flatMap((phase, i) =>
      phase.name === 'window' ? sharesOf(o, here, { stretch: i, window: phase.index }) : [],
    ),
  )
}

function sharesOf(
  o: Measures,
  here: readonly HostMeasure[],
  { stretch, window }: { readonly stretch: number; readonly window: number },
): MachineShares[] {
  const of = here.map(measure => measure.stretches[stretch] ?? null)
  const [first] = here
  const seconds = of[0]?.seconds
  const threads = first?.facts?.cpu.threads
  if (first === undefined || seconds === undefined || threads === undefined) return []
  const pods = addUp(of.map(one => microSeconds(one, 'pods-cpu')))
  // What no recording asks about is no zero: then nothing is said of this machine.
  if (pods === null) return []
  const parts = cpuParts(o.context, { here, stretch, pods, cpuSeconds: threads * seconds })
  return [
    {
      window,
      hosts: here.map(({ host }) => host),
      cpuSeconds: threads * seconds,
      cpu: parts,
      ...joulesOf(o, here, { stretch, seconds, cpuSeconds: threads * seconds, parts }),
    },
  ]
}

function cpuParts(
  context: RunContext,
  o: {
    readonly here: readonly HostMeasure[]
    readonly stretch: number
    readonly pods: number
    readonly cpuSeconds: number
  },
): MachineShares['cpu'] {
  const of = o.here.map(measure => measure.stretches[o.stretch] ?? null)
  const services = (load: boolean): number | null =>
    addUp(
      o.here.flatMap(({ host }, i) =>
        context.record.services
          .filter(service => service.host === host && isLoadgen(service.id) === load)
          .map(({ id }) => microSeconds(of[i] ?? null, 'service-cpu', id)),
      ),
    )
  const all = microSeconds(of[0] ?? null, 'all-cpu')
  const cpu = of[0]?.cpu
  const known = cpu === undefined || 'absent' in cpu ? null : cpu
  const system = all === null ? null : all - o.pods
  const idle = known === null ? null : known.totalSeconds * (1 - known.utilisation - known.stealShare)
  const stolen = known === null ? null : known.totalSeconds * known.stealShare
  const explained = addUp([o.pods, system, idle, stolen])
  return {
    pods: o.pods,
    sut: services(false),
    load: services(true),
    system,
    idle,
    stolen,
    unexplained: explained === null ? null : o.cpuSeconds - explained,
  }
}

/**
 * Idle is given what the machine took in the baseline, for as long; the rest goes by CPU time to what worked, stolen and unexplained time
 * among it, which are printed and spread over nobody. A machine that took less than in the baseline can't be divided so.
 */
function joulesOf(
  o: Measures,
  here: readonly HostMeasure[],
  of: {
    readonly stretch: number
    readonly seconds: number
    readonly cpuSeconds: number
    readonly parts: MachineShares['cpu']
  },
): Pick<MachineShares, 'joules' | 'joulesAbsent'> {
  const absent = (why: string) => ({ joules: null, joulesAbsent: why })
  const energy = o.energies.find(one => here.some(({ host }) => host === one.host))
  const figure =
    energy?.stretches[of.stretch]?.find(({ evidence }) => evidence === energy.evidence)?.figure ?? null
  const machine = figure?.joules ?? null
  if (figure === null || machine === null) return absent('the machine has no figure of energy')
  const baseline = energy?.baseline ?? null
  const standing = baseline?.figure.joules ?? null
  if (baseline === null || standing === null) return absent('the baseline has no figure of energy')
  const { pods, system, idle, stolen } = of.parts
  if (pods === null || system === null || idle === null || stolen === null)
    return absent('a part of the CPU time is not known')
  const idleJoules = (standing / baseline.seconds) * of.seconds
  const worked = of.cpuSeconds - idle
  if (!(worked > 0)) return absent('nothing worked')
  if (machine < idleJoules) return absent('the machine took less than in the baseline')
  const byTime = (seconds: number): number => ((machine - idleJoules) * seconds) / worked
  return {
    joules: {
      machine,
      range: figure.range,
      pods: byTime(pods),
      system: byTime(system),
      idle: idleJoules,
      stolen: byTime(stolen),
      unexplained: byTime(worked - pods - system - stolen),
    },
    joulesAbsent: null,
  }
}

function microSeconds(of: StretchMeasure | null, use: Use, instance?: string): number | null {
  const sum = of?.sums.find(
    one => one.use === use && (instance === undefined || one.series.instance === instance),
  )
  const micros = sum === undefined ? null : valueOf(sum.integral)
  return micros === null ? null : micros / 1e6
}

const addUp = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : (values as number[]).reduce((a, b) => a + b, 0)
