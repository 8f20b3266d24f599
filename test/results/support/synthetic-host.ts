import { encodeRecording } from '../../../collectors/recorder/encode.ts'
import type { Reading } from '../../../harness/model/collector.ts'
import type { RecordingItem } from '../../../harness/model/recorder.ts'
import { micros } from '../../../harness/model/units.ts'

/** A host whose load, theft and power are given; times are s after the start of the run. */
export interface SyntheticHost {
  readonly id: string
  readonly roles: readonly ('sut' | 'loadgen')[]
  readonly bootId: string
  readonly threads: number
  /** Utilisation, 0 … 1. */
  readonly load: (t: number) => number
  /** Part of the load that is neither the workload's nor the recorder's, as a share of the machine's CPU time. */
  readonly foreign: number
  /** Share of CPU time that neighbours take. */
  readonly steal: number
  /** W of the package; null: no RAPL. */
  readonly watts: ((t: number) => number) | null
  /** The package has a DRAM zone of 5 W whose counter stands still from this time on; null: there is no such zone. */
  readonly dramUntil: number | null
  /** Host's wall clock less the controller's, µs. */
  readonly offset: number
  /** Where the wall clock jumps, s, and by how much, µs. */
  readonly step: { readonly at: number; readonly by: number } | null
  /** Leaves a tick out. */
  readonly skip: (t: number) => boolean
  /** A reading of energy fails at this time. */
  readonly energyFails: (t: number) => boolean
  /** Counters of CPU and energy stand still and ticks are missing: suspended from … to, s. */
  readonly suspended: readonly [number, number] | null
  /** How late a tick begins, µs. */
  readonly late: (t: number) => number
}

export const syntheticHost = (of: Partial<SyntheticHost> = {}): SyntheticHost => ({
  id: 'sut',
  roles: ['sut'],
  bootId: 'boot-of-sut',
  threads: 4,
  load: t => (t < 20 ? 0.02 : 0.5),
  foreign: 0.01,
  steal: 0,
  watts: () => 50,
  dramUntil: null,
  offset: 0,
  step: null,
  skip: () => false,
  energyFails: () => false,
  suspended: null,
  late: () => 100,
  ...of,
})

/** CLOCK_BOOTTIME of every synthetic host when the run starts, µs. */
export const BOOT_AT_START = 5_000_000_000

const DRAM = 'rapl/intel-rapl:0:0'

/** ∫ f from 0 to t, by steps of 10 ms: finer than what the figures are compared to. */
function integrals(f: (t: number) => number): (t: number) => number {
  const step = 0.01
  const sums = [0]
  return t => {
    const index = Math.floor(t / step)
    while (sums.length <= index + 1) sums.push((sums.at(-1) as number) + f((sums.length - 0.5) * step) * step)
    const below = sums[index] as number
    return below + ((sums[index + 1] as number) - below) * (t / step - index)
  }
}

/** A recording of cpu/stat, footprint/schedstat, the CPU time of services and the RAPL package from `from` to `to`, s after the start of the run. */
export function syntheticRecording(
  host: SyntheticHost,
  o: {
    readonly start: number
    readonly from: number
    readonly to: number
    readonly rate: number
    readonly end: 'stopped' | 'full' | null
    /** Services that are watched by their cgroup: the first one takes all of the load that is not foreign. */
    readonly services: readonly string[]
  },
): Uint8Array {
  const busy = integrals(t => (isStill(host, t) ? 0 : host.load(t)))
  const own = integrals(t => (isStill(host, t) ? 0 : Math.max(0, host.load(t) - host.foreign)))
  const awake = integrals(t => (isStill(host, t) ? 0 : 1))
  const energy =
    host.watts === null
      ? null
      : integrals(t => (isStill(host, t) ? 0 : (host.watts as (t: number) => number)(t)))
  const items: RecordingItem[] = [header(host, o)]
  const first = Math.ceil(o.from * o.rate)
  for (let tick = first; tick / o.rate <= o.to; tick++) {
    const due = tick / o.rate
    if (host.skip(due) || isStill(host, due)) continue
    const mono = micros(Math.round(BOOT_AT_START + due * 1e6 + host.late(due)))
    const jumped = host.step !== null && due >= host.step.at ? host.step.by : 0
    const wall = micros(Math.round(o.start + due * 1e6 + host.late(due) + host.offset + jumped))
    const at = (source: string, text: string | null): Reading =>
      text === null
        ? { source, mono, wall, bytes: null, error: 'EIO' }
        : { source, mono, wall, bytes: new TextEncoder().encode(text) }
    const t = due + host.late(due) / 1e6
    const readings = [
      at('cpu/stat', statText(host, { busy: busy(t), awake: awake(t) })),
      at('footprint/schedstat', `${Math.round(1e9 + t * 2e6)} 0 ${tick}\n`),
    ]
    for (const [i, service] of o.services.entries())
      readings.push(
        at(
          `cgroup/${service}/cpu.stat`,
          `usage_usec ${i === 0 ? Math.round(own(t) * host.threads * 1e6) : 0}\n`,
        ),
      )
    if (energy !== null)
      readings.push(
        at(
          'rapl/intel-rapl:0',
          host.energyFails(due) ? null : `${Math.round(123456789 + energy(t) * 1e6)}\n`,
        ),
      )
    if (host.dramUntil !== null)
      readings.push(at(DRAM, `${Math.round(1e8 + Math.min(t, host.dramUntil) * 5e6)}\n`))
    items.push({
      item: 'tick',
      due: micros(Math.round(BOOT_AT_START + due * 1e6)),
      mono,
      end: micros(mono + 200),
      wall,
      readings,
    })
  }
  if (o.end !== null) items.push({ item: 'end', reason: o.end })
  return joined(encodeRecording(items))
}

const isStill = (host: SyntheticHost, t: number): boolean =>
  host.suspended !== null && t > host.suspended[0] && t < host.suspended[1]

const header = (
  host: SyntheticHost,
  { rate, services }: { readonly rate: number; readonly services: readonly string[] },
): RecordingItem => ({
  item: 'header',
  recorder: 'perl',
  rate,
  sources: [
    { id: 'cpu/stat', path: '/proc/stat' },
    { id: 'footprint/schedstat', path: '/proc/self/schedstat' },
    ...services.map(id => ({ id: `cgroup/${id}/cpu.stat`, path: `/sys/fs/cgroup/${id}/cpu.stat` })),
    ...(host.watts === null
      ? []
      : [{ id: 'rapl/intel-rapl:0', path: '/sys/class/powercap/intel-rapl:0/energy_uj' }]),
    ...(host.dramUntil === null ? [] : [{ id: DRAM, path: '/sys/class/powercap/intel-rapl:0:0/energy_uj' }]),
  ],
  monoResolution: micros(1),
  wallResolution: micros(1),
})

/** Ticks of 10 ms, as the kernel prints them. */
function statText(
  host: SyntheticHost,
  { busy, awake }: { readonly busy: number; readonly awake: number },
): string {
  const ticks = (seconds: number): number => 1_000_000 + Math.round(seconds * host.threads * 100)
  const steal = awake * host.steal
  return `cpu  ${ticks(busy)} 0 0 ${ticks(awake - busy - steal)} 0 0 0 ${ticks(steal)} 0 0\nintr 1\n`
}

export function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  const all = [...chunks]
  const bytes = new Uint8Array(all.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of all) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
