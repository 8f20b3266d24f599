import type { HostFacts } from '../../../harness/model/target.ts'
import { isForbidden, probed } from '../../parse/probe.ts'

/** Class folder of the powercap framework: every zone, at any depth, has a link here. */
const ROOT = '/sys/class/powercap'
/** What the controller looks at: `intel-rapl:0`, `intel-rapl:0:1`, `intel-rapl-mmio:0` … AMD's zones have these names too. */
const ZONE_FILES = ['name', 'energy_uj', 'max_energy_range_uj', 'constraint_*_power_limit_uw'] as const
export const PROBE_PATHS: readonly string[] = ZONE_FILES.map(file => `${ROOT}/intel-rapl*/${file}`)

/** A domain of RAPL that counts in the figure of energy. */
export interface Zone {
  /** `package-0`, `package-0-dram`, `package-0-die-1`. */
  readonly name: string
  readonly kind: 'package' | 'dram'
  /** Folder below the class folder, e.g. `intel-rapl:0:0`. */
  readonly folder: string
  readonly socket: number
  readonly path: string
  /** Largest value before the counter starts again, µJ; null: can't be read. */
  readonly maxMicrojoules: number | null
  /** Highest power limit that the machine states, W; null: none. */
  readonly limitWatts: number | null
  readonly forbidden: boolean
}

/** What powercap shows on a machine. */
export interface Domains {
  /** Zones to record: packages, and their DRAM where every package has it. Sorted by name. */
  readonly zones: readonly Zone[]
  readonly dram: boolean
  readonly sockets: number
  /** Zones that are there and not recorded, for the reader: they are part of a package, or hold more than the machine's CPUs. */
  readonly leftOut: readonly string[]
}

/**
 * Picks what may be summed. A package includes its core and uncore, psys includes the packages: only packages and DRAM are taken.
 * `intel-rapl` (MSR, TPMI) and `intel-rapl-mmio` can show the same domain: one copy for each name. A DRAM counter that stands at 0 is a
 * domain that the machine names but does not count.
 */
export function domains(facts: HostFacts): Domains {
  const all = rawZones(facts)
  const packages = onePerName(all.filter(zone => zone.kind === 'package'))
  const drams = onePerName(all.filter(zone => zone.kind === 'dram' && !standsAtZero(facts, zone)))
  const sockets = new Set(packages.map(zone => zone.socket))
  const dram = packages.length > 0 && [...sockets].every(socket => drams.some(zone => zone.socket === socket))
  const zones = [...packages, ...(dram ? drams.filter(zone => sockets.has(zone.socket)) : [])]
  const taken = new Set(zones.map(zone => zone.folder))
  return {
    zones: zones.sort((a, b) => (a.name < b.name ? -1 : 1)),
    dram,
    sockets: sockets.size,
    leftOut: all.filter(zone => !taken.has(zone.folder)).map(zone => `${zone.folder} (${zone.name})`),
  }
}

type AnyZone = Omit<Zone, 'kind'> & { readonly kind: Zone['kind'] | 'other' }

const FOLDER = /^\/sys\/class\/powercap\/(intel-rapl(?:-[a-z]+)?(?::\d+)+)\/name$/

function rawZones(facts: HostFacts): AnyZone[] {
  const found = Object.keys(facts.probes)
    .sort()
    .map(path => FOLDER.exec(path)?.[1])
  return found.filter(folder => folder !== undefined).map(folder => rawZone(facts, folder))
}

function rawZone(facts: HostFacts, folder: string): AnyZone {
  const label = text(facts, `${ROOT}/${folder}/name`) ?? ''
  const parent = text(facts, `${ROOT}/${folder.replace(/:\d+$/, '')}/name`) ?? ''
  const kind = isPackage(label) ? 'package' : label === 'dram' && isPackage(parent) ? 'dram' : 'other'
  const path = `${ROOT}/${folder}/energy_uj`
  return {
    name: kind === 'dram' ? `${parent}-dram` : label,
    kind,
    folder,
    socket: Number(/^package-(\d+)/.exec(kind === 'dram' ? parent : label)?.[1] ?? -1),
    path,
    maxMicrojoules: positive(text(facts, `${ROOT}/${folder}/max_energy_range_uj`)),
    limitWatts: limitWatts(facts, folder),
    forbidden: isForbidden(probed(facts, path)),
  }
}

/** intel_rapl names them `package-0`, with several dies `package-0-die-1`. */
const isPackage = (name: string): boolean => /^package-\d+(-die-\d+)?$/.test(name)

const onePerName = (zones: readonly AnyZone[]): Zone[] => {
  const byName = new Map<string, Zone>()
  for (const zone of zones) {
    const other = byName.get(zone.name)
    if (zone.kind !== 'other' && (other === undefined || better(zone.folder, other.folder)))
      byName.set(zone.name, { ...zone, kind: zone.kind })
  }
  return [...byName.values()]
}

/** intel-rapl before its copies (intel-rapl-mmio), then by name. */
const better = (a: string, b: string): boolean =>
  a.startsWith('intel-rapl:') === b.startsWith('intel-rapl:') ? a < b : a.startsWith('intel-rapl:')

const standsAtZero = (facts: HostFacts, zone: AnyZone): boolean => text(facts, zone.path) === '0'

/**
 * The highest of the zone's power limits (long term, short term, peak). Firmware writes 0 for "none" and values beyond any socket for
 * "no limit": both say nothing.
 */
function limitWatts(facts: HostFacts, folder: string): number | null {
  const limit = new RegExp(`^${ROOT}/${folder}/constraint_\\d+_power_limit_uw$`)
  const limits = Object.keys(facts.probes)
    .filter(path => limit.test(path))
    .map(path => (positive(text(facts, path)) ?? 0) / 1e6)
    .filter(watts => watts > 0 && watts < 4000)
  return limits.length === 0 ? null : Math.max(...limits)
}

function text(facts: HostFacts, path: string): string | null {
  const look = probed(facts, path)
  return 'text' in look ? look.text.trim() : null
}

function positive(value: string | null): number | null {
  return value !== null && /^\d{1,15}$/.test(value) && Number(value) > 0 ? Number(value) : null
}
