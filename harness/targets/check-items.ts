import type { Collector } from '../model/collector.ts'
import type { ClockProbe, HostFacts } from '../model/target.ts'
import type { Quietness } from './parse-quiet.ts'

/** One thing that was looked at. */
export interface CheckItem {
  /** Permanent, e.g. `clock`, `tool.perl`, `collector.rapl`. */
  readonly id: string
  /** note: worth knowing; warning: a run may become invalid or unranked; failed: it can't work so. */
  readonly state: 'ok' | 'note' | 'warning' | 'failed'
  readonly title: string
  readonly detail: string
  /** What to do. */
  readonly hint?: string
}

/** Limits of the validity rules that the same figures meet in a run. */
const CLOCK_OFFSET_MS = 400
const STEAL_SHARE = 0.02
/** Below these a machine counts as quiet. */
const BUSY_SHARE = 0.05
const TIMER_SECONDS = 3600
const FREE_BYTES = 256 * 1024 * 1024

export function checkMachine(facts: HostFacts): CheckItem {
  const { cpu } = facts
  const where = facts.virtualization === 'none' ? 'bare metal' : facts.virtualization
  const memory = (facts.memoryBytes / 2 ** 30).toFixed(1)
  return {
    id: 'machine',
    state: 'ok',
    title: 'Machine',
    detail:
      `${cpu.model}, ${cpu.sockets} × ${cpu.cores / cpu.sockets} cores, ${cpu.threads} threads, ${memory} GiB, ` +
      `${where}${facts.container ? ' in a container' : ''}, ${facts.os.id} ${facts.os.version} (${facts.os.libc}), ` +
      `kernel ${facts.kernel}, cgroup ${facts.cgroup.version}, boot ${facts.bootId}`,
  }
}

/** What a tool's absence means. */
const MISSING: Readonly<Record<string, Pick<CheckItem, 'state' | 'detail' | 'hint'>>> = {
  setsid: { state: 'note', detail: 'not there; perl takes its place', hint: 'install util-linux' },
  gzip: { state: 'note', detail: 'not there; files travel as they are', hint: 'install gzip' },
  sha256sum: {
    state: 'note',
    detail: 'not there; files are checked by size and cksum',
    hint: 'install coreutils',
  },
}

export function checkTools(facts: HostFacts, become: 'none' | 'sudo'): CheckItem[] {
  const items: CheckItem[] = [
    facts.perl === null
      ? {
          id: 'tool.perl',
          state: 'warning',
          title: 'perl',
          detail: 'not there; the shell recorder takes its place: at most 1 Hz, coarser stamps, more CPU',
          hint: 'install perl (perl-base alone is enough)',
        }
      : { id: 'tool.perl', state: 'ok', title: 'perl', detail: facts.perl },
  ]
  for (const [tool, absent] of Object.entries(MISSING)) {
    const version = facts.tools[tool] ?? null
    if (version !== null) items.push({ id: `tool.${tool}`, state: 'ok', title: tool, detail: version })
    else if (tool === 'setsid' && facts.perl === null)
      items.push({
        id: 'tool.setsid',
        state: 'failed',
        title: tool,
        detail: 'neither setsid nor perl is there: nothing can be detached',
        hint: 'install util-linux',
      })
    else items.push({ id: `tool.${tool}`, title: tool, ...absent })
  }
  if (become === 'sudo' && !facts.user.root && (facts.tools.sudo ?? null) === null)
    items.push({
      id: 'tool.sudo',
      state: 'failed',
      title: 'sudo',
      detail: 'not there, and the campaign says “become: sudo”',
      hint: 'install sudo, or log in as root',
    })
  return items
}

export function checkCollectors(
  facts: HostFacts,
  collectors: readonly Pick<Collector, 'id' | 'title' | 'probe'>[],
): CheckItem[] {
  return collectors.map(({ id, title, probe }) => {
    const found = probe(facts)
    const base = { id: `collector.${id}`, title }
    if (found.state === 'available') return { ...base, state: 'ok', detail: found.detail }
    return {
      ...base,
      state: found.state === 'forbidden' ? 'warning' : 'note',
      detail: `${found.state}: ${found.reason}`,
      hint: found.hint,
    }
  })
}

export function checkClock(clock: ClockProbe): CheckItem {
  const offset = clock.offset / 1000
  const detail = `${offset >= 0 ? '+' : ''}${offset.toFixed(1)} ms against this machine, ± ${(clock.uncertainty / 1000).toFixed(1)} ms`
  const base = { id: 'clock', title: 'Clock', detail }
  if (Math.abs(offset) > CLOCK_OFFSET_MS)
    return {
      ...base,
      state: 'failed',
      hint: `runs are invalid beyond ${CLOCK_OFFSET_MS} ms: set the clocks by NTP (chrony, systemd-timesyncd)`,
    }
  return { ...base, state: 'ok' }
}

export function checkSpace(facts: HostFacts): CheckItem[] {
  const mib = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`
  const items: CheckItem[] = [
    facts.workRootFree < FREE_BYTES
      ? {
          id: 'space',
          state: 'warning',
          title: 'Space',
          detail: `${mib(facts.workRootFree)} free in ${facts.workRoot}`,
          hint: 'a full disk ends the recording, and the run is invalid',
        }
      : {
          id: 'space',
          state: 'ok',
          title: 'Space',
          detail: `${mib(facts.workRootFree)} free in ${facts.workRoot}`,
        },
  ]
  if (!facts.workRootExec)
    items.push({
      id: 'space.exec',
      state: 'note',
      title: 'Space',
      detail: `programs may not be run from ${facts.workRoot}: copied tools (k6) can't be used`,
      hint: 'mount it without noexec, or install the tools on the host',
    })
  items.push(
    facts.tmpfs === null
      ? {
          id: 'space.tmpfs',
          state: 'note',
          title: 'Memory buffer',
          detail:
            'no tmpfs may be written: the recorder buffers on disk, and its writes are measured with the rest',
        }
      : {
          id: 'space.tmpfs',
          state: 'ok',
          title: 'Memory buffer',
          detail: `${mib(facts.tmpfs.free)} free in ${facts.tmpfs.path}`,
        },
  )
  return items
}

export function checkQuiet(quiet: Quietness, facts: HostFacts): CheckItem[] {
  const percent = (share: number | null) => (share === null ? 'unknown' : `${(share * 100).toFixed(1)} %`)
  const names = quiet.busiest
    .map(({ name, ticks }) => `${name} ${((ticks / facts.userHz) * 100).toFixed(0)} %`)
    .join(', ')
  const detail = `busy ${percent(quiet.busy)}, steal ${percent(quiet.steal)} over a second, load ${quiet.load ?? 'unknown'}${names === '' ? '' : `; ${names}`}`
  const loud = quiet.busy === null || quiet.busy > BUSY_SHARE
  const items: CheckItem[] = [
    loud
      ? {
          id: 'quiet',
          state: 'warning',
          title: 'Quietness',
          detail,
          hint: 'end what else runs there, or measure another time: it is inside the figures',
        }
      : { id: 'quiet', state: 'ok', title: 'Quietness', detail },
  ]
  if (quiet.steal !== null && quiet.steal > STEAL_SHARE)
    items.push({
      id: 'quiet.steal',
      state: 'warning',
      title: 'Steal',
      detail: `the hypervisor gave ${percent(quiet.steal)} of our time to others`,
      hint: 'runs above 2 % are not ranked: use a dedicated or less crowded host',
    })
  const due = quiet.timers.filter(({ inSeconds }) => inSeconds <= TIMER_SECONDS)
  if (due.length > 0)
    items.push({
      id: 'quiet.timers',
      state: 'note',
      title: 'Timers',
      detail: `due within an hour: ${due.map(({ unit, inSeconds }) => `${unit} in ${Math.max(0, Math.round(inSeconds / 60))} min`).join(', ')}`,
      hint: `sudo systemctl stop ${due.map(({ unit }) => unit).join(' ')} for the time of the campaign`,
    })
  if (quiet.upgrades.length > 0)
    items.push({
      id: 'quiet.upgrades',
      state: 'warning',
      title: 'Upgrades',
      detail: `at work: ${quiet.upgrades.join(', ')}`,
      hint: 'wait for their end; unattended-upgrades can be stopped for the time of the campaign',
    })
  return items
}
