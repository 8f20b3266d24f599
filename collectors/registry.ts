import type { Collector } from '../harness/model/collector.ts'
import { cgroup } from './cgroup.ts'
import { cpu } from './cpu.ts'
import { disk } from './disk.ts'
import { footprint } from './footprint.ts'
import { memory } from './memory.ts'
import { network } from './network.ts'
import { rapl } from './power/rapl.ts'
import { pressure } from './pressure.ts'

/** Every collector, by id, sorted. A test holds this map, the files, the fixtures and docs/collectors.md together. */
export const collectors = {
  cgroup,
  cpu,
  disk,
  footprint,
  memory,
  network,
  pressure,
  rapl,
} as const satisfies Record<string, Collector>
