import { splitSections } from './parse-facts.ts'

/** How quiet a host was for a second. */
export interface Quietness {
  /** Load average of the last minute. */
  readonly load: number | null
  /** Shares of all CPU time of the second; null: /proc/stat could not be read twice. */
  readonly busy: number | null
  readonly steal: number | null
  /** Processes that used CPU, most first: clock ticks in the second. */
  readonly busiest: readonly { readonly pid: number; readonly name: string; readonly ticks: number }[]
  /** Timers of systemd with a next time, in the order of it: seconds from now. null: there is no systemd. */
  readonly timers: readonly Timer[] | null
  /** Package managers and upgrades at work. */
  readonly packaging: readonly string[]
  /** The system upgrades itself when its timer fires. */
  readonly unattendedUpgrades: boolean
}

export interface Timer {
  readonly unit: string
  readonly inSeconds: number
}

/** Output of quiet.sh → how quiet it was. Pure. */
export function parseQuiet(output: string, mark: string): Quietness {
  const sections = splitSections(output, mark)
  const text = (name: string) => sections.get(name) ?? ''
  const before = parseTicks(text('ticks-before'))
  const after = parseTicks(text('ticks-after'))
  const cpu = parseCpuLines(text('stat-before'), text('stat-after'))
  return {
    load: parseNumber(text('loadavg').split(' ')[0]),
    busy: cpu?.busy ?? null,
    steal: cpu?.steal ?? null,
    busiest: busiest(before, after),
    timers: sections.has('timers')
      ? parseTimers(text('timers'), {
          wall: parseNumber(text('now').trim()),
          uptime: parseNumber(text('uptime').split(' ')[0]),
        })
      : null,
    packaging: [
      ...new Set([...after.values()].map(({ name }) => name).filter(name => PACKAGING.test(name))),
    ].sort(),
    unattendedUpgrades: /^APT::Periodic::Unattended-Upgrade "[1-9]/m.test(text('upgrades')),
  }
}

const PACKAGING = /^(apt|apt-get|aptd|dpkg|unattended-upgr.*|dnf.*|yum|rpm|apk|zypper|packagekitd)$/

const parseNumber = (text: string | undefined): number | null =>
  text === undefined || !/^\d+(\.\d+)?$/.test(text) ? null : Number(text)

function parseTicks(text: string): Map<string, { ticks: number; name: string }> {
  return new Map(
    text.split('\n').flatMap(line => {
      const [, pid, ticks, name] = /^(\d+) (\d+) (.*)$/.exec(line) ?? []
      return pid === undefined || name === undefined ? [] : [[pid, { ticks: Number(ticks), name }] as const]
    }),
  )
}

/** A process that was not there before began within the second: all its ticks are of it. */
function busiest(
  before: ReturnType<typeof parseTicks>,
  after: ReturnType<typeof parseTicks>,
): Quietness['busiest'] {
  return [...after]
    .map(([pid, { ticks, name }]) => {
      const known = before.get(pid)
      return { pid: Number(pid), name, ticks: known === undefined ? ticks : ticks - known.ticks }
    })
    .filter(({ ticks }) => ticks > 0)
    .sort((a, b) => b.ticks - a.ticks || (a.name < b.name ? -1 : 1))
    .slice(0, 5)
}

/** First lines of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal; guest times are inside user and nice. */
function parseCpuLines(before: string, after: string): { busy: number; steal: number } | null {
  const read = (line: string) => line.trim().split(/ +/).slice(1, 9).map(Number)
  const [a, b] = [read(before), read(after)]
  if (a.length < 8 || b.length < 8) return null
  const used = b.map((ticks, index) => ticks - (a[index] ?? Number.NaN))
  const total = used.reduce((sum, ticks) => sum + ticks, 0)
  const [, , , idle = Number.NaN, iowait = Number.NaN, , , steal = Number.NaN] = used
  if (!(total > 0)) return null
  return { busy: (total - idle - iowait - steal) / total, steal: steal / total }
}

interface Now {
  /** Seconds since the epoch and since boot; null: could not be read. */
  readonly wall: number | null
  readonly uptime: number | null
}

/** Blocks of `systemctl show`, apart by an empty line. A timer may have a time of the calendar, one since boot, or both: the first counts. */
function parseTimers(text: string, now: Now): readonly Timer[] {
  return text
    .split(/\n\s*\n/)
    .flatMap(block => {
      const value = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(block)?.[1] ?? ''
      const unit = value('Id')
      const next = [
        difference(parseDate(value('NextElapseUSecRealtime')), now.wall),
        difference(parseSpan(value('NextElapseUSecMonotonic')), now.uptime),
      ].filter(seconds => seconds !== null)
      return unit === '' || next.length === 0 ? [] : [{ unit, inSeconds: Math.min(...next) }]
    })
    .sort((a, b) => a.inSeconds - b.inSeconds)
}

const difference = (at: number | null, now: number | null): number | null =>
  at === null || now === null ? null : at - now

/** `Mon 2026-11-23 06:52:24 UTC` (systemd.time(7)) → seconds since the epoch. */
function parseDate(text: string): number | null {
  const [, date, time] = /^\w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC$/.exec(text) ?? []
  const at = Date.parse(`${date ?? ''}T${time ?? ''}Z`)
  return Number.isNaN(at) ? null : at / 1000
}

/** Seconds in the units of a span, by systemd.time(7). */
const SPAN: Readonly<Record<string, number>> = {
  y: 31_557_600,
  month: 2_629_800,
  w: 604_800,
  d: 86_400,
  h: 3600,
  min: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
}

/** `1w 2d 3h 4min 5.678s` → seconds; `infinity`, `0` and what is strange: null. */
function parseSpan(text: string): number | null {
  const parts = text.split(' ').map(part => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part) ?? []
    return amount === undefined ? Number.NaN : Number(amount) * (SPAN[unit] ?? Number.NaN)
  })
  const seconds = parts.reduce((sum, part) => sum + part, 0)
  return Number.isNaN(seconds) ? null : seconds
}
