import { splitSections } from './parse-facts.ts'

/** How quiet a host was for a second. */
export interface Quietness {
  /** Load average of the last minute. */
  readonly load: number | null
  /** Shares of all CPU time of the second; null: /proc/stat could not be read twice. */
  readonly busy: number | null
  readonly steal: number | null
  /** Processes that used CPU, most first: clock ticks in the second. */
  readonly busiest: readonly { readonly name: string; readonly ticks: number }[]
  /** Timers that are due: seconds from now. */
  readonly timers: readonly { readonly unit: string; readonly inSeconds: number }[]
  /** Package managers and upgrades at work. */
  readonly upgrades: readonly string[]
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
    timers: parseTimers(text('timers'), parseNumber(text('now').trim())),
    upgrades: [
      ...new Set([...after.values()].map(({ name }) => name).filter(name => UPGRADES.test(name))),
    ].sort(),
  }
}

const UPGRADES = /^(apt|apt-get|aptd|dpkg|unattended-upgr.*|dnf.*|yum|rpm|apk|zypper|packagekitd)$/

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

function busiest(
  before: ReturnType<typeof parseTicks>,
  after: ReturnType<typeof parseTicks>,
): Quietness['busiest'] {
  return [...after]
    .flatMap(([pid, { ticks, name }]) => {
      const used = ticks - (before.get(pid)?.ticks ?? ticks)
      return used > 0 ? [{ name, ticks: used }] : []
    })
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

/** Blocks of `systemctl show`: `Id=…` and `NextElapseUSecRealtime=@SECONDS`, in any order, apart by an empty line. */
function parseTimers(text: string, now: number | null): Quietness['timers'] {
  if (now === null) return []
  return text
    .split(/\n\s*\n/)
    .flatMap(block => {
      const unit = /^Id=(.+)$/m.exec(block)?.[1]
      const at = parseNumber(/^NextElapseUSecRealtime=@(\d+)$/m.exec(block)?.[1])
      return unit === undefined || at === null || at === 0 ? [] : [{ unit, inSeconds: at - now }]
    })
    .sort((a, b) => a.inSeconds - b.inSeconds)
}
