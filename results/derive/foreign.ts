import type { SeriesSum } from '../analyse/recording/stretch-meter.ts'
import type { HostMeasure } from './measure-host.ts'
import type { RunContext } from './run-context.ts'

/**
 * Share of a machine's CPU time in a stretch that was neither a service's of the workload nor a recorder's. All hosts that stand on the
 * machine count: each has its own services and its own recorder. Where a recorder's time is not known it counts as foreign.
 * @returns null: not known, for CPU time is not, or a service is watched by its process tree or was not recorded
 */
export function foreignShare(
  context: RunContext,
  measures: readonly HostMeasure[],
  o: { readonly host: string; readonly stretch: number },
): number | null {
  const cpu = measures.find(m => m.host === o.host)?.stretches[o.stretch]?.cpu
  if (cpu === undefined || 'absent' in cpu || !(cpu.totalSeconds > 0)) return null
  const here = measures.filter(m => context.machineOf(m.host) === context.machineOf(o.host))
  const own: number[] = []
  for (const measure of here) {
    const sums = measure.stretches[o.stretch]?.sums ?? []
    const services = servicesIn(context, measure.host, o.stretch)
    for (const service of services) {
      const seconds = service.watch.by === 'cgroup' ? cpuSeconds(sums, 'service-cpu', service.id) : null
      if (seconds === null) return null
      own.push(seconds)
    }
    const recorder = cpuSeconds(sums, 'recorder-cpu')
    if (recorder !== null) own.push(recorder)
  }
  return (cpu.busySeconds - own.reduce((a, b) => a + b, 0)) / cpu.totalSeconds
}

/** In the baseline nothing is deployed yet. */
const servicesIn = (context: RunContext, host: string, stretch: number) =>
  context.stretches[stretch]?.name === 'baseline' ? [] : context.record.services.filter(s => s.host === host)

function cpuSeconds(
  sums: readonly SeriesSum[],
  use: 'service-cpu' | 'recorder-cpu',
  instance?: string,
): number | null {
  const sum = sums.find(s => s.use === use && (instance === undefined || s.series.instance === instance))
  return sum === undefined || 'absent' in sum.integral ? null : sum.integral.value / 1e6
}
