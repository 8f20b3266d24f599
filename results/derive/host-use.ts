import type { Footprint } from '../../harness/model/footprint.ts'
import type { HostUse } from '../../harness/model/result.ts'
import { valueOf } from '../analyse/integrate/integral.ts'
import type { SeriesSum, StretchMeasure } from '../analyse/recording/stretch-meter.ts'
import type { Use } from '../analyse/recording/wanted.ts'
import type { HostMeasure } from './measure-host.ts'
import type { RunContext } from './run-context.ts'

/** What one stretch took of a host; what others took of its machine is not seen from one host (foreign.ts). */
export function hostUse(
  context: RunContext,
  measure: HostMeasure,
  stretch: number,
): Omit<HostUse, 'foreignShare'> {
  const of = measure.stretches[stretch] ?? null
  const cpu = of === null || 'absent' in of.cpu ? null : of.cpu
  const services = context.record.services.filter(s => s.host === measure.host)
  return {
    host: measure.host,
    cpuBusySeconds: cpu?.busySeconds ?? null,
    cpuUtilisation: cpu?.utilisation ?? null,
    stealShare: cpu?.stealShare ?? null,
    memoryUsedBytes: average(of, 'memory'),
    diskReadBytes: total(of, 'disk-read'),
    diskWriteBytes: total(of, 'disk-write'),
    netReceiveBytes: total(of, 'net-receive'),
    netTransmitBytes: total(of, 'net-transmit'),
    pressure: pressure(of),
    services: services.map(({ id }) => ({
      id,
      cpuSeconds: perSecond(total(of, 'service-cpu', id)),
      throttledSeconds: throttledSeconds(of, id),
      memoryBytes: average(of, 'service-memory', id),
      readBytes: total(of, 'service-read', id),
      writeBytes: total(of, 'service-write', id),
      receiveBytes: total(of, 'service-receive', id),
      transmitBytes: total(of, 'service-transmit', id),
    })),
  }
}

/** Time in which a service was held back, s: of a pod by its own quota or by its container's, never by both at once. */
export function throttledSeconds(of: StretchMeasure | null, service: string): number | null {
  const own = total(of, 'service-throttled', service)
  if (find(of, 'service-throttled-inside', service) === undefined) return perSecond(own)
  const inside = total(of, 'service-throttled-inside', service)
  return own === null || inside === null ? null : perSecond(own + inside)
}

function find(of: StretchMeasure | null, use: Use, instance?: string): SeriesSum | undefined {
  return of?.sums.find(sum => sum.use === use && (instance === undefined || sum.series.instance === instance))
}

function total(of: StretchMeasure | null, use: Use, instance?: string): number | null {
  const sum = find(of, use, instance)
  return sum === undefined ? null : valueOf(sum.integral)
}

/** Mean of a gauge over the stretch. */
function average(of: StretchMeasure | null, use: Use, instance?: string): number | null {
  const integral = total(of, use, instance)
  return integral === null || of === null ? null : integral / of.seconds
}

const perSecond = (micros: number | null): number | null => (micros === null ? null : micros / 1e6)

/** Share of the time in which some task waited, by resource. */
function pressure(of: StretchMeasure | null): Record<string, number> | null {
  const shares = (of?.sums ?? [])
    .filter(sum => sum.use === 'pressure')
    .flatMap(({ series, integral }): [string, number][] => {
      const micros = valueOf(integral)
      return micros === null || of === null ? [] : [[series.instance, micros / 1e6 / of.seconds]]
    })
  return shares.length === 0 ? null : Object.fromEntries(shares.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The cost of recording on a host, all recordings of a run together; lateness is that of the worse recording. */
export function footprint(measure: HostMeasure): Footprint {
  const measures = measure.recordings.map(r => r.measure)
  const cpu = measures.map(m => m.recorderCpu).filter(c => c !== null)
  const cpuSeconds = cpu.length === 0 ? null : cpu.reduce((all, c) => all + c.cpuSeconds, 0)
  const seconds = cpu.reduce((all, c) => all + c.seconds, 0)
  return {
    host: measure.host,
    cpuSeconds,
    cpuShare: cpuSeconds === null || seconds <= 0 ? null : cpuSeconds / seconds,
    bytes: measure.recordings.reduce((all, r) => all + r.ref.bytes, 0),
    readings: measures.reduce((all, m) => all + m.ticks.count, 0),
    missed: measures.reduce((all, m) => all + m.ticks.missed, 0),
    latenessP50Micros: worst(measures.map(m => m.ticks.latenessP50)),
    latenessP99Micros: worst(measures.map(m => m.ticks.latenessP99)),
  }
}

function worst(values: readonly (number | null)[]): number | null {
  const known = values.filter(v => v !== null)
  return known.length === 0 ? null : Math.max(...known)
}
