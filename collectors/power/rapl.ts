import type { Availability, Collector, FileSource } from '../../harness/model/collector.ts'
import type { Evidence } from '../../harness/model/evidence.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { bytes } from '../../harness/model/units.ts'
import { probed } from '../parse/probe.ts'
import { raplParser } from './rapl/parser.ts'
import { domains, PROBE_PATHS, type Zone } from './rapl/zones.ts'

/** Energy counters of the CPU packages and their memory. */
export const rapl = {
  id: 'rapl',
  title: 'RAPL (powercap)',
  about:
    'Energy counters of CPU packages and, where every package has them, of their DRAM, from the powercap framework (Intel, and AMD since Linux 5.8). core and uncore are parts of a package and psys is more than the packages: they are never summed and not recorded, so that all series of this source may be added up. A domain that is shown twice (MSR and MMIO) is taken once. Wraps are undone from the maximum that the machine states, with the power that it can draw as the test of what is a wrap and what a reset; a counter that stands still is an error from its last change on, not 0 W. In a guest it is what the hypervisor allocates, not a sensor of the host. DRAM that does not move while a package does is left out, and the scope says so. Since Linux 5.10 only root may read it (CVE-2020-8694).',
  probePaths: PROBE_PATHS,
  probe: raplAvailability,
  sources: facts => domains(facts).zones.map(sourceOf),
  estimate: facts => bytes(16 * domains(facts).zones.length),
  parser: (facts, host) => raplParser(facts, host),
  evidence: raplEvidence,
} as const satisfies Collector

const sourceOf = (zone: Zone): FileSource => ({
  id: `rapl/${zone.folder}`,
  path: zone.path,
  maxBytes: bytes(32),
  ...(zone.forbidden ? { become: true } : {}),
})

function raplAvailability(facts: HostFacts): Availability {
  const { zones, leftOut } = domains(facts)
  const [first] = zones
  if (first === undefined) return absent(facts, leftOut)
  if (zones.some(zone => zone.forbidden)) {
    return {
      state: 'forbidden',
      reason: `${first.path} is there, but since Linux 5.10 only root may read it (CVE-2020-8694)`,
      hint: 'set `become: sudo` for this target or measure as root; where nobody else logs in, a udev rule that lets the measuring user read energy_uj does as well',
    }
  }
  const broken = zones.find(zone => 'error' in probed(facts, zone.path))
  if (broken !== undefined) {
    const look = probed(facts, broken.path)
    return {
      state: 'absent',
      reason: `${broken.path}: ${'error' in look ? look.error : ''}`,
      hint: 'the zone is named but can not be read; see the kernel log for intel_rapl',
    }
  }
  return { state: 'available', detail: `${scope(facts)} (${zones.map(zone => zone.name).join(', ')})` }
}

function absent(facts: HostFacts, leftOut: readonly string[]): Availability {
  if (leftOut.length > 0) {
    return {
      state: 'absent',
      reason: `powercap shows no CPU package, only ${leftOut.join(', ')}`,
      hint: 'psys and parts of a package are not taken for a package in silence; use a meter, or the power model',
    }
  }
  return facts.virtualization === 'none'
    ? {
        state: 'absent',
        reason: 'no RAPL zone below /sys/class/powercap',
        hint: 'load the module with `modprobe intel_rapl_msr` (Intel, and AMD since Linux 5.8); in a container the folder may be hidden',
      }
    : {
        state: 'absent',
        reason: `no RAPL zone below /sys/class/powercap; this is a guest (${facts.virtualization})`,
        hint: 'guests normally have no power sensor: the power model is used, or ask the provider for energy per server',
      }
}

/**
 * Unqualified: E0. In a guest the register is a figure of the hypervisor, which shares out the host's counter among its guests.
 * @param instances zones in whose series something was recorded; left out: those that facts let us expect
 */
function raplEvidence(facts: HostFacts, instances?: readonly string[]): Evidence {
  const kind = facts.virtualization === 'none' ? 'host-counter' : 'hypervisor-allocated'
  return { source: 'rapl', kind, class: 'E0', scope: scope(facts, instances) }
}

/** `cpu package+dram, 2 sockets`; says what is missing. */
function scope(facts: HostFacts, instances?: readonly string[]): string {
  const { zones, sockets } = domains(facts)
  const counted = zones.filter(zone => instances?.includes(zone.name) ?? true)
  const dram = counted.some(zone => zone.kind === 'dram')
  const number = sockets < facts.cpu.sockets ? `${sockets} of ${facts.cpu.sockets}` : `${sockets}`
  const plural = number === '1' ? 'socket' : 'sockets'
  const whose = facts.virtualization === 'none' ? '' : ' as the hypervisor allocates it'
  return `cpu package${dram ? '+dram' : ''}${whose}, ${number} ${plural}${dram ? '' : ', dram not included'}`
}
