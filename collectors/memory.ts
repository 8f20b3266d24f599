import type { Collector } from '../harness/model/collector.ts'
import { bytes } from '../harness/model/units.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { gauge, type Row, type Shape } from './parse/shape.ts'
import { keyed, minus, scaled, Unreadable, type Whole, whole } from './parse/text.ts'

const PATH = '/proc/meminfo'
/** Today's file has about 1.5 kB; what is read stands in its first half. */
const MAX_BYTES = 4096

const SHAPE: Shape = {
  measurement: 'memory',
  fields: ['total', 'available', 'used', 'cached', 'dirty', 'swap_used'].map(field => gauge(field, 'B')),
}

/** Memory of the machine. */
export const memory = {
  id: 'memory',
  title: 'Memory',
  about:
    'MemTotal, MemAvailable, Cached, Dirty and used swap from /proc/meminfo. used = total − available (what could not be had without swapping), so page cache is not counted as used. On kernels before 3.14 available and used are absent.',
  probePaths: [PATH],
  probe: facts => fileThere(facts, PATH, 'the kernel was built without /proc, or it is not mounted here'),
  sources: () => [{ id: 'memory/meminfo', path: PATH, maxBytes: bytes(MAX_BYTES) }],
  estimate: () => bytes(1600),
  parser: (_facts, host) =>
    textParser({ collector: 'memory', host }, id =>
      id === 'memory/meminfo' ? { shape: SHAPE, read: readMeminfo } : null,
    ),
} as const satisfies Collector

function readMeminfo(text: string): Row[] {
  const kib = keyed(text)
  const read = (key: string): Whole | null => (kib.has(key) ? scaled(whole(kib.get(key)), 1024) : null)
  const less = (a: Whole | null, b: Whole | null): number | null =>
    a === null || b === null ? null : minus(a, b)
  const total = read('MemTotal')
  if (total === null) throw new Unreadable('no MemTotal')
  const available = read('MemAvailable')
  const swapUsed = less(read('SwapTotal'), read('SwapFree'))
  return [
    {
      instance: 'total',
      values: [total, available, less(total, available), read('Cached'), read('Dirty'), swapUsed],
    },
  ]
}
