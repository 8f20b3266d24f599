import type { Collector } from '../harness/model/collector.ts'
import { bytes } from '../harness/model/units.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { counter, type Row, type Shape } from './parse/shape.ts'
import { newSummer, type Summer } from './parse/sum.ts'
import { completeLines, scaled, Unreadable, type Whole, whole, words } from './parse/text.ts'

const PATH = '/proc/diskstats'
const MAX_BYTES = 64 * 1024
/** Documentation/admin-guide/iostats.rst: sectors are 512 bytes here, whatever the disk's own are. */
const SECTOR_BYTES = 512
/** The kernel prints milliseconds as unsigned int; µs after scaling. */
const TIME_MODULUS = 2 ** 32 * 1000

const SHAPE: Shape = {
  measurement: 'disk',
  fields: [
    counter('read_bytes', 'B'),
    counter('write_bytes', 'B'),
    counter('reads', '1'),
    counter('writes', '1'),
    counter('read_time', 'µs', { modulus: TIME_MODULUS }),
    counter('write_time', 'µs', { modulus: TIME_MODULUS }),
    counter('io_time', 'µs', { modulus: TIME_MODULUS }),
  ],
}

/** Whole disks by the names that their drivers give: SCSI and SATA, IDE, virtio, Xen, NVMe, SD and eMMC, DASD, Ceph, network block. */
const WHOLE_DISK = /^(sd[a-z]+|hd[a-z]|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+|dasd[a-z]+|rbd\d+|nbd\d+)$/
const PARTITION = /^(?:((?:sd|hd|vd|xvd|dasd)[a-z]+)\d+|((?:nvme\d+n|mmcblk|rbd|nbd)\d+)p\d+)$/
/** Stand on disks, or on memory: shown by themselves, never in the total. */
const LAYERED_DISK = /^(dm-\d+|md\d+|zram\d+|bcache\d+|drbd\d+)$/

/** Disk I/O. */
export const disk = {
  id: 'disk',
  title: 'Disk I/O',
  about:
    'Bytes, operations and time from /proc/diskstats, for each whole disk and, as `total`, for all of them. What is a whole disk is told by its name (`sd*`, `hd*`, `vd*`, `xvd*`, `nvme*n*`, `mmcblk*`, `dasd*`, `rbd*`, `nbd*`); a partition counts only where its disk is not in the file, as on some Xen guests. `dm-*`, `md*`, `bcache*`, `drbd*` stand on disks and `zram*` on memory: each has series of its own and none is in the total, so that nothing counts twice. Loop devices, RAM disks, floppies and CD drives are left out.',
  probePaths: [PATH],
  probe: facts => fileThere(facts, PATH, 'in this container or kernel, disks are not shown'),
  sources: () => [{ id: 'disk/diskstats', path: PATH, maxBytes: bytes(MAX_BYTES) }],
  estimate: () => bytes(1200),
  parser: (_facts, host) => {
    const total = newSummer(SHAPE, 'total')
    return textParser({ collector: 'disk', host }, id =>
      id === 'disk/diskstats' ? { shape: SHAPE, read: text => readDiskstats(text, total) } : null,
    )
  },
} as const satisfies Collector

function readDiskstats(text: string, total: Summer): Row[] {
  const all = completeLines(text).map(line => words(line).slice(2))
  const names = new Set(all.map(([name]) => name))
  const isDisk = (name: string): boolean => {
    const parts = PARTITION.exec(name)
    const parent = parts?.[1] ?? parts?.[2]
    return WHOLE_DISK.test(name) || (parent !== undefined && !names.has(parent))
  }
  const disks: Row[] = []
  const layered: Row[] = []
  for (const [name, ...stats] of all) {
    if (name === undefined || stats.length < 10) throw new Unreadable('a line is too short')
    if (isDisk(name)) disks.push(rowOf(name, stats))
    else if (LAYERED_DISK.test(name)) layered.push(rowOf(name, stats))
  }
  return [...(disks.length === 0 ? [] : [total.next(disks)]), ...disks, ...layered]
}

/** Fields 1 to 10 of iostats.rst: reads, merged, sectors, ms; writes, merged, sectors, ms; in flight, ms doing I/O. */
function rowOf(instance: string, stats: readonly string[]): Row {
  const [reads, , readSectors, readMs, writes, , writeSectors, writeMs, , ioMs] = stats
  const times = (text: string | undefined, by: number): Whole => scaled(whole(text), by)
  return {
    instance,
    values: [
      times(readSectors, SECTOR_BYTES),
      times(writeSectors, SECTOR_BYTES),
      whole(reads),
      whole(writes),
      times(readMs, 1000),
      times(writeMs, 1000),
      times(ioMs, 1000),
    ],
  }
}
