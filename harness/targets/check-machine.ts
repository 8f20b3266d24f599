import type { Collector } from '../model/collector.ts'
import type { ClockProbe, Host, HostFacts, HostLink } from '../model/target.ts'
import { offsetText, sizeText } from './check-figures.ts'
import type { CheckItem } from './check-item.ts'

/** How the host was reached. */
export function reachableItem(link: HostLink): CheckItem {
  const way =
    link.how === 'local' ? `this machine, as ${link.user}` : `${link.user} at ${link.address} by ${link.key}`
  const via = link.via.length === 0 ? [] : [`through ${link.via.join(', ')}`]
  return { subject: 'reachable', state: 'ok', text: [way, ...via, ...link.notes].join('; ') }
}

/** What the machine is, and which one. */
export function machineItems(facts: HostFacts): readonly CheckItem[] {
  const { os, cpu, virtualization, container } = facts
  const where = `${virtualization === 'none' ? 'bare metal' : virtualization}${container ? ', in a container' : ''}`
  const chips = `${cpu.sockets} × ${cpu.cores / cpu.sockets} cores, ${cpu.threads} threads`
  return [
    {
      subject: 'machine',
      state: 'ok',
      text: `${cpu.model}, ${chips}, ${sizeText(facts.memoryBytes)}, ${where}`,
    },
    {
      subject: 'system',
      state: 'ok',
      text: `${os.id} ${os.version} (${os.libc}), Linux ${facts.kernel}, ${facts.arch}`,
    },
    { subject: 'boot id', state: 'ok', text: facts.bootId },
    cgroupItem(facts),
  ]
}

function cgroupItem({ cgroup }: HostFacts): CheckItem {
  const subject = 'services'
  const version = cgroup.version === 'none' ? 'no cgroups' : `cgroup ${cgroup.version}`
  if (Object.keys(cgroup.writable).length > 0)
    return { subject, state: 'ok', text: `${version}; each gets a cgroup of its own` }
  return {
    subject,
    state: 'note',
    text: `${version}, none may be made: services are followed by their process tree, and short children are lost`,
    hint: 'root or “become: sudo” lets a service have its own cgroup',
  }
}

/** What the plan puts on a host. */
export interface SpaceNeed {
  /** Bytes of recordings and of the workload in the run that needs most; null: nothing is known of it. */
  readonly bytes: number | null
  /** Most that the recorder's buffer in memory may take, bytes. */
  readonly tmpfsBytes: number
}

/** Whether there is room for what the plan puts on the host, on disk and in memory. */
export function spaceItems(facts: HostFacts, need: SpaceNeed): readonly CheckItem[] {
  return [diskItem(facts, need), bufferItem(facts, need)]
}

function diskItem({ workRoot, workRootFree, workRootExec }: HostFacts, { bytes }: SpaceNeed): CheckItem {
  const subject = 'space'
  const needs = bytes === null ? '' : `; a run needs about ${sizeText(bytes)}`
  const text = `${sizeText(workRootFree)} free in ${workRoot}${needs}`
  if (bytes !== null && workRootFree < bytes)
    return { subject, state: 'failed', text, hint: `free some space below ${workRoot}` }
  if (!workRootExec)
    return {
      subject,
      state: 'note',
      text: `${text}; programs may not be run from there, so none can be copied to it`,
      hint: 'mount it without noexec, or install the tools on the host',
    }
  return { subject, state: 'ok', text }
}

function bufferItem({ tmpfs }: HostFacts, { tmpfsBytes }: SpaceNeed): CheckItem {
  const subject = 'buffer'
  if (tmpfs === null)
    return {
      subject,
      state: 'note',
      text: 'no tmpfs may be written: recordings go to disk, and these writes are measured with the rest',
    }
  const text = `${sizeText(tmpfs.free)} free in ${tmpfs.path}; recordings take up to ${sizeText(tmpfsBytes)} of it`
  if (tmpfs.free >= tmpfsBytes) return { subject, state: 'ok', text }
  return { subject, state: 'note', text, hint: 'lower collectors.buffer.tmpfs_mib' }
}

/** Probes in a row: the one with the shortest round trip counts. */
const PROBES = 3

/** Reads the host's wall clock against the controller's. */
export async function readClock(host: Host): Promise<ClockProbe> {
  let best = await host.clock()
  for (let count = 1; count < PROBES; count += 1) {
    const probe = await host.clock()
    if (probe.uncertainty < best.uncertainty) best = probe
  }
  return best
}

/** The offset of a clock, judged as a run would be: beyond the limit (ms) without doubt. */
export function clockItem(probe: ClockProbe, limitMs: number): CheckItem {
  const subject = 'clock'
  const text = `${offsetText(probe.offset)} ± ${(probe.uncertainty / 1000).toFixed(1)} against this controller (limit ${limitMs})`
  if ((Math.abs(probe.offset) - probe.uncertainty) / 1000 <= limitMs) return { subject, state: 'ok', text }
  return {
    subject,
    state: 'failed',
    text,
    hint: 'runs would be invalid: set both clocks, e.g. with chrony or systemd-timesyncd',
  }
}

/** Tools that transport and recorder use where they are there. */
const USEFUL = [
  { tool: 'gzip', without: 'files travel as they are', hint: 'install gzip' },
  { tool: 'sha256sum', without: 'files are checked by size and cksum', hint: 'install coreutils' },
  { tool: 'setsid', without: 'perl detaches processes instead', hint: 'install util-linux' },
] as const

/** What our own work needs of a host. A tool that is there is not worth a line. */
export function ownToolItems(facts: HostFacts): readonly CheckItem[] {
  return USEFUL.flatMap(({ tool, without, hint }): readonly CheckItem[] => {
    if ((facts.tools[tool] ?? null) !== null) return []
    if (tool === 'setsid' && facts.perl === null)
      return [
        { subject: tool, state: 'failed', text: 'neither setsid nor perl: nothing can be detached', hint },
      ]
    return [{ subject: tool, state: 'absent', text: without, hint }]
  })
}

/** Whether a collector's source is there. */
export function sensorItem({ id, probe }: Pick<Collector, 'id' | 'probe'>, facts: HostFacts): CheckItem {
  const found = probe(facts)
  if (found.state === 'available') return { subject: id, state: 'ok', text: found.detail }
  return { subject: id, state: found.state, text: found.reason, hint: found.hint }
}
