import type { TextSource } from '../parse/parser.ts'
import { counter, type Row, type Shape } from '../parse/shape.ts'
import { newSummer } from '../parse/sum.ts'
import { completeLines, keyed, type Whole, whole, words } from '../parse/text.ts'
import { IO_SHAPE } from './io.ts'
import { type CgroupFile, CONTAINER_THROTTLED, MEMORY } from './v1.ts'

const CPU: Shape = {
  measurement: 'cgroup',
  fields: [
    counter('cpu_usage', 'µs'),
    counter('cpu_user', 'µs'),
    counter('cpu_system', 'µs'),
    counter('throttled_periods', '1'),
    counter('throttled_time', 'µs'),
  ],
}

/** Files of a cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). Without the cpu controller cpu.stat has no throttling: absent. */
export function filesV2(
  service: string,
  paths: Readonly<Record<string, string>>,
  o: {
    readonly layered: ReadonlySet<string>
    readonly container?: Readonly<Record<string, string>> | undefined
  },
): readonly CgroupFile[] {
  const folder = paths.unified
  if (folder === undefined) return []
  const container = o.container?.['unified']
  return [
    { name: 'cpu.stat', folder, text: cpuStat(service) },
    {
      name: 'memory.current',
      folder,
      text: { shape: MEMORY, read: text => [{ instance: service, values: [whole(text.trim())] }] },
    },
    { name: 'io.stat', folder, text: ioStat(service, o.layered) },
    ...(container === undefined ? [] : [{ name: 'cpu.stat', folder: container, text: heldBack(service) }]),
  ]
}

function cpuStat(service: string): TextSource {
  return {
    shape: CPU,
    read: text => {
      const stat = keyed(text)
      const maybe = (key: string): Whole | null => (stat.has(key) ? whole(stat.get(key)) : null)
      const row: Row = {
        instance: service,
        values: [
          whole(stat.get('usage_usec')),
          maybe('user_usec'),
          maybe('system_usec'),
          maybe('nr_throttled'),
          maybe('throttled_usec'),
        ],
      }
      return [row]
    },
  }
}

/** Of a pod's container (v1.ts). */
const heldBack = (service: string): TextSource => ({
  shape: CONTAINER_THROTTLED,
  read: text => {
    const stat = keyed(text)
    const micros = stat.has('throttled_usec') ? whole(stat.get('throttled_usec')) : null
    return [{ instance: service, values: [micros] }]
  },
})

/** `8:0 rbytes=… wbytes=… rios=… …`, one line for each device that was used; an empty file is a true zero. */
function ioStat(service: string, layered: ReadonlySet<string>): TextSource {
  const total = newSummer(IO_SHAPE, service, 'from nothing')
  return {
    shape: IO_SHAPE,
    read: text => {
      const rows: Row[] = []
      for (const line of completeLines(text)) {
        const [device, ...pairs] = words(line)
        if (device === undefined || layered.has(device.split(':')[0] ?? '')) continue
        const value = (key: string): Whole | null => {
          const pair = pairs.find(text => text.startsWith(`${key}=`))
          return pair === undefined ? null : whole(pair.slice(key.length + 1))
        }
        // A device that was only asked for its statistics has a line without pairs.
        if (pairs.length > 0) rows.push({ instance: device, values: [value('rbytes'), value('wbytes')] })
      }
      return [total.next(rows)]
    },
  }
}
