import type { Collector } from '../harness/model/collector.ts'
import type { HostFacts } from '../harness/model/target.ts'
import { bytes, MICROS_PER_SECOND } from '../harness/model/units.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { counter, type Row, type Shape } from './parse/shape.ts'
import { completeLines, scaled, Unreadable, whole, words } from './parse/text.ts'

const PATH = '/proc/stat'

/**
 * proc_stat(5): idle and iowait "may decrease in certain conditions" (they are put together from the tick and from the idle timer of a
 * CPU that may be asleep). A fall of up to a second is that; the highest value stands until it is passed. More is a reset.
 */
const IDLE_FALLS_BY = MICROS_PER_SECOND

const SHAPE: Shape = {
  measurement: 'cpu',
  fields: ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'].map(
    field => counter(field, 'µs', /^(idle|iowait)$/.test(field) ? { mayFallBy: IDLE_FALLS_BY } : {}),
  ),
}

/** Time that all CPUs, and each of them, spent in each state. */
export const cpu = {
  id: 'cpu',
  title: 'CPU time',
  about:
    'Time in each state from /proc/stat, for the whole machine (`total`) and for every core that is online, with steal. The kernel counts guest in user and guest_nice in nice: a sum over states leaves the guest fields out. Ticks are turned to µs exactly. A core that goes offline is absent from then on.',
  probePaths: [PATH],
  probe: facts => fileThere(facts, PATH, 'the kernel was built without /proc, or it is not mounted here'),
  sources: facts => [{ id: 'cpu/stat', path: PATH, maxBytes: bytes(maxBytes(facts)) }],
  estimate: facts => bytes(maxBytes(facts)),
  parser: (facts, host) =>
    textParser({ collector: 'cpu', host }, id =>
      id === 'cpu/stat' ? { shape: SHAPE, read: text => readStat(text, facts.userHz) } : null,
    ),
} as const satisfies Collector

/** The cpu lines stand first; the kernel itself reckons with 128 bytes a line. A few more cores than now may come online. */
const maxBytes = (facts: HostFacts): number => 128 * (facts.cpu.threads + 5)

function readStat(text: string, userHz: number): Row[] {
  const rows: Row[] = []
  for (const line of completeLines(text)) {
    const [name, ...ticks] = words(line)
    const core = /^cpu(\d{0,5})$/.exec(name ?? '')?.[1]
    if (core === undefined) break
    const values = SHAPE.fields.map((_, index) =>
      ticks[index] === undefined ? null : scaled(whole(ticks[index]), MICROS_PER_SECOND, userHz),
    )
    rows.push({ instance: core === '' ? 'total' : core, values })
  }
  if (rows[0]?.instance !== 'total' || rows[0].values[3] === null) throw new Unreadable('no cpu line')
  return rows
}
