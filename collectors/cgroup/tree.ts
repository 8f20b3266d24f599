import { counter, gauge, type Row, type Shape } from '../parse/shape.ts'
import { completeLines, minus, plus, scaled, Unreadable, type Whole, whole, words } from '../parse/text.ts'

export const TREE_SHAPE: Shape = {
  measurement: 'cgroup',
  fields: [counter('cpu_usage', 'µs'), gauge('memory_rss', 'B')],
}

interface Process {
  readonly parent: string
  /** Ticks of its own, and of children that it has waited for. */
  readonly own: Whole
  readonly waited: Whole
  readonly pages: Whole
}

/**
 * Sums a process tree from /proc/PID/stat of its members, one line each (proc_pid_stat(5)).
 *
 * CPU time grows by what each member did since the last reading, and by what it collected from children it waited for, less what those
 * children had already been seen to do. A child that nobody waited for takes what it did after its last reading with it.
 */
export function newTreeReader(
  service: string,
  o: { readonly userHz: number; readonly pageSize: number },
): (text: string) => Row[] {
  let before: ReadonlyMap<string, Process> | null = null
  let ticks: Whole = 0
  return text => {
    const now = processes(text)
    if (now.size === 0) throw new Unreadable('no process')
    if (before !== null) ticks = plus(ticks, growth(before, now))
    else for (const process of now.values()) ticks = plus(ticks, plus(process.own, process.waited))
    before = now
    const pages = [...now.values()].reduce((sum, process) => plus(sum, process.pages), 0 as Whole)
    return [{ instance: service, values: [scaled(ticks, 1_000_000, o.userHz), scaled(pages, o.pageSize)] }]
  }
}

function growth(before: ReadonlyMap<string, Process>, now: ReadonlyMap<string, Process>): number {
  const endedBelow = new Map<string, number>()
  for (const [key, process] of before) {
    if (now.has(key)) continue
    const heir = survivor(process, before, now)
    const seen = minus(plus(process.own, process.waited), 0)
    if (heir !== null) endedBelow.set(heir, seen + (endedBelow.get(heir) ?? 0))
  }
  let sum = 0
  for (const [key, process] of now) {
    const last = before.get(key) ?? { own: 0, waited: 0 }
    const collected = minus(process.waited, last.waited) - (endedBelow.get(key) ?? 0)
    sum += Math.max(0, minus(process.own, last.own)) + Math.max(0, collected)
  }
  return sum
}

/** Nearest ancestor of a process that is still there. */
function survivor(
  process: Process,
  before: ReadonlyMap<string, Process>,
  now: ReadonlyMap<string, Process>,
): string | null {
  const keyOf = new Map([...before.keys()].map(key => [key.split(' ')[0] ?? '', key]))
  let parent: string | undefined = process.parent
  for (let depth = 0; depth < before.size && parent !== undefined; depth += 1) {
    const key = keyOf.get(parent)
    if (key === undefined) return null
    if (now.has(key)) return key
    parent = before.get(key)?.parent
  }
  return null
}

/** By `pid start-time`: a pid may be used again. The name stands in brackets and may hold blanks and brackets. */
function processes(text: string): ReadonlyMap<string, Process> {
  const found = new Map<string, Process>()
  for (const line of completeLines(text)) {
    const close = line.lastIndexOf(')')
    const pid = /^\d+(?= \()/.exec(line)?.[0]
    if (pid === undefined || close < 0) throw new Unreadable('not a line of stat')
    // Field n of proc_pid_stat(5) stands at n − 3: state is field 3.
    const stat = words(line.slice(close + 1))
    const at = (field: number): Whole => whole(stat[field - 3])
    found.set(`${pid} ${at(22)}`, {
      parent: `${at(4)}`,
      own: plus(at(14), at(15)),
      waited: plus(at(16), at(17)),
      pages: at(24),
    })
  }
  return found
}
