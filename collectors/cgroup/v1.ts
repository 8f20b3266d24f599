import type { TextSource } from '../parse/parser.ts'
import { counter, gauge, type Row, type Shape } from '../parse/shape.ts'
import { newSummer } from '../parse/sum.ts'
import { completeLines, keyed, scaled, Unreadable, type Whole, whole, words } from '../parse/text.ts'
import { IO_SHAPE } from './io.ts'

/** One file of a service's cgroup, and how its text becomes readings. */
export interface CgroupFile {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly text: TextSource
}

const USAGE: Shape = { measurement: 'cgroup', fields: [counter('cpu_usage', 'µs')] }
const SPLIT: Shape = {
  measurement: 'cgroup',
  fields: [counter('cpu_user', 'µs'), counter('cpu_system', 'µs')],
}
export const THROTTLED: Shape = {
  measurement: 'cgroup',
  fields: [counter('throttled_periods', '1'), counter('throttled_time', 'µs')],
}
/** The same of a pod's container, whose quota is its own: groups are charged with time for which they themselves were held back. */
export const CONTAINER_THROTTLED: Shape = {
  measurement: 'cgroup',
  fields: [counter('container_throttled_time', 'µs')],
}
export const MEMORY: Shape = { measurement: 'cgroup', fields: [gauge('memory', 'B')] }

/**
 * Files of a cgroup v1. Documentation/admin-guide/cgroup-v1: cpuacct.usage is in ns, cpuacct.stat in ticks, throttled_time in ns,
 * blkio.throttle.io_service_bytes in bytes by device and direction.
 * @param paths controller → folder; controllers that are not there are left out
 * @param o.container of a pod: the same of its container. blkio of v1 does not count what groups below do, so that only this tells
 */
export function filesV1(
  service: string,
  paths: Readonly<Record<string, string>>,
  o: {
    readonly layered: ReadonlySet<string>
    readonly userHz: number
    readonly container?: Readonly<Record<string, string>> | undefined
  },
): readonly CgroupFile[] {
  const file = (controller: string, name: string, text: TextSource, from = paths): CgroupFile[] => {
    const folder = from[controller]
    return folder === undefined ? [] : [{ name, folder, text }]
  }
  const row = (...values: Row['values']): Row[] => [{ instance: service, values }]
  return [
    ...file('cpuacct', 'cpuacct.usage', {
      shape: USAGE,
      read: text => row(scaled(whole(text.trim()), 1, 1000)),
    }),
    ...file('cpuacct', 'cpuacct.stat', {
      shape: SPLIT,
      read: text => {
        const ticks = keyed(text)
        const micros = (key: string): Whole => scaled(whole(ticks.get(key)), 1_000_000, o.userHz)
        return row(micros('user'), micros('system'))
      },
    }),
    ...file('cpu', 'cpu.stat', {
      shape: THROTTLED,
      read: text => {
        const stat = keyed(text)
        return row(whole(stat.get('nr_throttled')), scaled(whole(stat.get('throttled_time')), 1, 1000))
      },
    }),
    ...(o.container === undefined
      ? []
      : file(
          'cpu',
          'cpu.stat',
          {
            shape: CONTAINER_THROTTLED,
            read: text => row(scaled(whole(keyed(text).get('throttled_time')), 1, 1000)),
          },
          o.container,
        )),
    ...file('memory', 'memory.usage_in_bytes', { shape: MEMORY, read: text => row(whole(text.trim())) }),
    ...file('blkio', 'blkio.throttle.io_service_bytes', blkio(service, o.layered), o.container),
  ]
}

/** `8:0 Read 4096` lines, then `Total n`. A service that has done no I/O has only the total: that is a true zero. */
function blkio(service: string, layered: ReadonlySet<string>): TextSource {
  const total = newSummer(IO_SHAPE, service, 'from nothing')
  return {
    shape: IO_SHAPE,
    read: text => {
      const devices = new Map<string, { read: Whole; write: Whole }>()
      let ended = false
      for (const line of completeLines(text)) {
        const [device, way, bytes] = words(line)
        if (device === 'Total') ended = true
        if (device === undefined || bytes === undefined) continue
        const at = devices.get(device) ?? { read: 0, write: 0 }
        if (way === 'Read') at.read = whole(bytes)
        if (way === 'Write') at.write = whole(bytes)
        if (!layered.has(device.split(':')[0] ?? '')) devices.set(device, at)
      }
      if (!ended) throw new Unreadable('no total')
      return [total.next([...devices].map(([instance, at]) => ({ instance, values: [at.read, at.write] })))]
    },
  }
}
