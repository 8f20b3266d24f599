import { bytesText, fixed } from '../../../results/report/number-text.ts'
import type { Host, HostFacts } from '../../model/target.ts'
import { CLOCK_LIMIT_MS } from '../../run/clocks.ts'
import type { CheckItem } from './check-item.ts'

/** What the machine is. */
export function machineItems(facts: HostFacts): readonly CheckItem[] {
  const { os, cpu } = facts
  const where = facts.virtualization === 'none' ? 'bare metal' : facts.virtualization
  return [
    {
      subject: 'reachable',
      state: 'ok',
      text: `${os.id} ${os.version} (${os.libc}), Linux ${facts.kernel}, ${facts.arch}`,
    },
    {
      subject: 'machine',
      state: 'ok',
      text: `${cpu.model}, ${cpu.threads} threads, ${bytesText(facts.memoryBytes)}, ${where}, boot id ${facts.bootId}`,
    },
    cgroupItem(facts),
  ]
}

function cgroupItem({ cgroup }: HostFacts): CheckItem {
  const own = Object.keys(cgroup.writable)
  if (own.length > 0)
    return { subject: 'cgroups', state: 'ok', text: `version ${cgroup.version}; services get their own` }
  return {
    subject: 'cgroups',
    state: 'note',
    text: `version ${cgroup.version}; none may be made: services are followed by their process tree, and short children are lost`,
    hint: 'root or become: sudo lets a service have its own cgroup',
  }
}

export interface SpaceNeed {
  /** Bytes of recordings and of the workload in the run that needs most. */
  readonly bytes: number
  readonly tmpfsBytes: number
}

/** Whether there is room for what the plan puts on the host. */
export function spaceItem(facts: HostFacts, need: SpaceNeed): CheckItem {
  const { workRootFree, tmpfs, workRoot, workRootExec } = facts
  const memory =
    tmpfs === null ? 'no tmpfs, recordings go to disk' : `${bytesText(tmpfs.free)} in ${tmpfs.path}`
  const text = `${bytesText(workRootFree)} free in ${workRoot}, ${memory}; a run needs about ${bytesText(need.bytes)}`
  if (workRootFree < need.bytes)
    return { subject: 'space', state: 'failed', text, hint: `free some space below ${workRoot}` }
  if (tmpfs !== null && tmpfs.free < need.tmpfsBytes)
    return {
      subject: 'space',
      state: 'note',
      text: `${text}; the buffer in memory may take ${bytesText(need.tmpfsBytes)}`,
      hint: 'lower collectors.buffer.tmpfs_mib',
    }
  return {
    subject: 'space',
    state: 'ok',
    text: workRootExec ? text : `${text}; programs may not be run from there`,
  }
}

/** The host's wall clock against the controller's; the probe with the shortest round trip counts. */
export async function clockItem(host: Host): Promise<CheckItem> {
  const probes = [await host.clock(), await host.clock(), await host.clock()]
  const best = probes.reduce((least, probe) => (probe.uncertainty < least.uncertainty ? probe : least))
  const sign = best.offset < 0 ? '' : '+'
  const text = `${sign}${fixed(best.offset / 1000, 1)} ms ± ${fixed(best.uncertainty / 1000, 1)} against this controller (limit ${CLOCK_LIMIT_MS})`
  if ((Math.abs(best.offset) - best.uncertainty) / 1000 <= CLOCK_LIMIT_MS)
    return { subject: 'clock', state: 'ok', text }
  return {
    subject: 'clock',
    state: 'failed',
    text,
    hint: 'set both clocks, e.g. with chrony or systemd-timesyncd; runs would be invalid',
  }
}
