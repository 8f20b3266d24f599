import { expect, test } from 'vitest'
import { collectors } from '../../../collectors/registry.ts'
import type { Collector } from '../../../harness/model/collector.ts'
import { micros } from '../../../harness/model/units.ts'
import { typicalFacts } from '../../../harness/plan/typical-facts.ts'
import { MAX_SERIES_PER_RUN, runPrinter, runTags } from '../../../harness/store/run-points.ts'
import { plan } from '../../results/archive/plan-fixture.ts'
import { runRecord } from './campaign.ts'
import { syntheticSeries } from './synthetic-host.ts'

interface Machine {
  readonly cores: number
  readonly disks: number
  readonly interfaces: number
}

const numbered = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => `${line(n)}\n`).join('')

/** Files of /proc of a machine, as the kernel writes them. */
function procFiles({ cores, disks, interfaces }: Machine): Readonly<Record<string, string>> {
  const psi =
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=17\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n'
  const kib = [
    'MemTotal',
    'MemFree',
    'MemAvailable',
    'Buffers',
    'Cached',
    'SReclaimable',
    'Shmem',
    'Dirty',
    'SwapTotal',
    'SwapFree',
  ]
  return {
    '/proc/stat': `cpu  9 0 9 9 9 0 9 0 0 0\n${numbered(cores, n => `cpu${n} 9 0 9 9 9 0 9 0 0 0`)}intr 1\nbtime 1\n`,
    '/proc/meminfo': kib.map(name => `${name}:       1000 kB\n`).join(''),
    '/proc/diskstats': numbered(disks, n => ` 259 ${n} nvme${n}n1 1 2 3 4 5 6 7 8 0 9 10 0 0 0 0 1 2`),
    '/proc/net/dev': `Inter-|   Receive  |  Transmit\n face |bytes packets |bytes\n${numbered(interfaces, n => `  eth${n}: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16`)}`,
    '/proc/pressure/cpu': psi,
    '/proc/pressure/memory': psi,
    '/proc/pressure/io': psi,
  }
}

/** Series that the collectors' own parsers give for the machine. */
function seriesOf(machine: Machine): number {
  const facts = typicalFacts(machine.cores)
  const files = procFiles(machine)
  const printer = runPrinter(runTags('c', plan, runRecord(1, 'complete')))
  const all: readonly Collector[] = [
    collectors.cpu,
    collectors.memory,
    collectors.disk,
    collectors.network,
    collectors.pressure,
  ]
  for (const collector of all) {
    const parser = collector.parser(facts, 'web', [])
    for (const tick of [1, 2]) {
      for (const { id, path } of collector.sources(facts, [])) {
        const text = files[path]
        if (text === undefined) continue
        const at = micros(tick * 1_000_000)
        parser.push({ source: id, mono: at, wall: at, bytes: Buffer.from(text) })
      }
    }
    for (const batch of parser.drain()) printer.batch(batch)
  }
  return printer.series()
}

test.each([[{ cores: 2, disks: 1, interfaces: 2 }], [{ cores: 256, disks: 32, interfaces: 32 }]])(
  '%o has as many series as docs/influxdb.md says, and two of them stay below the bound',
  machine => {
    const { cores, disks, interfaces } = machine
    const stated = 10 * (cores + 1) + 6 + 7 * (disks + 1) + 8 * (interfaces + 1) + 6
    expect(seriesOf(machine)).toBe(stated)
    // The synthetic host of the other tests has an energy counter and the recorder's own beside.
    expect(syntheticSeries({ host: 'web', ticks: 1, start: 0, ...machine })).toHaveLength(stated + 2)
    expect(2 * stated).toBeLessThan(MAX_SERIES_PER_RUN)
  },
)
