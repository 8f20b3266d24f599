import type { Collector } from '../harness/model/collector.ts'
import { bytes } from '../harness/model/units.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { counter, type Row, type Shape } from './parse/shape.ts'
import { completeLines, Unreadable, type Whole, whole, words } from './parse/text.ts'

const RESOURCES = ['cpu', 'memory', 'io'] as const
const path = (resource: string): string => `/proc/pressure/${resource}`

const SHAPE: Shape = { measurement: 'pressure', fields: [counter('some', 'µs'), counter('full', 'µs')] }

/** Pressure stall information. */
export const pressure = {
  id: 'pressure',
  title: 'Pressure (PSI)',
  about:
    'Time in which some, and in which all, tasks that were not idle waited for CPU, memory or I/O: the totals of /proc/pressure (Linux 4.20 and later, where it is switched on). The averages that the kernel prints beside them are not used.',
  probePaths: RESOURCES.map(path),
  probe: facts =>
    fileThere(
      facts,
      path('cpu'),
      'the kernel is older than 4.20, built without CONFIG_PSI, or started without psi=1; figures do not need it',
    ),
  sources: () =>
    RESOURCES.map(resource => ({
      id: `pressure/${resource}`,
      path: path(resource),
      maxBytes: bytes(256),
    })),
  estimate: () => bytes(3 * 130),
  parser: (_facts, host) =>
    textParser({ collector: 'pressure', host }, id => {
      const resource = RESOURCES.find(name => id === `pressure/${name}`)
      return resource === undefined ? null : { shape: SHAPE, read: text => readPressure(text, resource) }
    }),
} as const satisfies Collector

/** `full` of the CPU has been printed since Linux 5.13; before, it is absent. */
function readPressure(text: string, resource: string): Row[] {
  const totals = new Map<string, Whole>()
  for (const line of completeLines(text)) {
    const [kind, ...pairs] = words(line)
    const total = pairs.find(pair => pair.startsWith('total='))
    if (kind !== undefined && total !== undefined) totals.set(kind, whole(total.slice('total='.length)))
  }
  const some = totals.get('some')
  if (some === undefined) throw new Unreadable('no total of some')
  return [{ instance: resource, values: [some, totals.get('full') ?? null] }]
}
