import type { PlannedMeter } from '../../harness/model/meter.ts'
import type { MeterUse } from '../../harness/model/meter-use.ts'
import type { Trace } from '../../harness/model/result.ts'
import { lagRange, moments } from '../analyse/energy/lag.ts'
import { goodReadings, pace } from '../analyse/meter/meter-pace.ts'
import type { HostMeasure } from './measure-host.ts'

/** Share of the CPU by which its use must vary (standard deviation) before anything can be told from it. */
const CPU_VARIES = 0.05

/** How each meter that was asked over a network was read on one host. */
export const meterUses = ({ host, meters, traces }: HostMeasure): MeterUse[] =>
  meters.map(({ meter, nature, series }) => ({
    host,
    source: meter.id,
    reads: series.batches.some(batch => batch.series.kind === 'counter') ? 'counter' : nature.reads,
    asked: meter.seconds,
    readings: goodReadings(series.batches),
    update: pace(series.batches),
    ...lagBehindCpu(traces, meter.id),
    ...citedOf(meter),
  }))

const citedOf = ({ certificate }: PlannedMeter): Pick<MeterUse, 'certificate'> =>
  certificate === undefined
    ? {}
    : { certificate: { digest: certificate.digest, campaign: certificate.campaign } }

function lagBehindCpu(traces: readonly Trace[], source: string): Pick<MeterUse, 'lag' | 'resolution'> {
  const cpu = traces.find(trace => trace.name === 'cpu')
  const power = traces.find(trace => trace.name === 'power' && trace.source === source)
  const used = cpu?.v.filter(u => u !== null) ?? []
  const varies = used.length > 1 && moments(used).sd > CPU_VARIES
  const found = cpu === undefined || power === undefined || !varies ? null : lagRange(cpu, power)
  return { lag: found?.seconds ?? null, resolution: found?.within ?? 0 }
}
