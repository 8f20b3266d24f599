import type { Collector } from '../harness/model/collector.ts'
import { bytes } from '../harness/model/units.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { counter, type Row, type Shape } from './parse/shape.ts'
import { scaled, whole, words } from './parse/text.ts'

const PATH = '/proc/self/schedstat'
const SHAPE: Shape = { measurement: 'footprint', fields: [counter('cpu', 'µs')] }

/** What the recorder itself costs. */
export const footprint = {
  id: 'footprint',
  title: 'Footprint of the recorder',
  about:
    'CPU time of the recorder itself, from its own /proc/self/schedstat: nanoseconds on a CPU, where the ticks of /proc/PID/stat would round a good recorder to nothing. It is printed beside every result.',
  probePaths: [PATH],
  probe: facts =>
    fileThere(
      facts,
      PATH,
      'the kernel was built without CONFIG_SCHED_INFO; the cost of recording is not known',
    ),
  sources: () => [{ id: 'footprint/schedstat', path: PATH, maxBytes: bytes(80) }],
  estimate: () => bytes(32),
  parser: (_facts, host) =>
    textParser({ collector: 'footprint', host }, id =>
      id === 'footprint/schedstat' ? { shape: SHAPE, read: readSchedstat } : null,
    ),
} as const satisfies Collector

/** `ns on CPU, ns waiting, slices`. A process that reads has run: three zeros mean that the kernel does not count. */
function readSchedstat(text: string): Row[] {
  const [onCpu, waiting, slices] = words(text).map(whole)
  const counted = [onCpu, waiting, slices].some(value => value !== undefined && value > 0)
  return [{ instance: 'recorder', values: [counted && onCpu !== undefined ? scaled(onCpu, 1, 1000) : null] }]
}
