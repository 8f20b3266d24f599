import type { Collector, Service } from '../harness/model/collector.ts'
import type { Finding } from '../harness/model/finding.ts'
import { bytes } from '../harness/model/units.ts'
import { blockMajors } from './cgroup/block-majors.ts'
import { podNetwork } from './cgroup/pod-network.ts'
import { podFiles } from './cgroup/pods.ts'
import { newTreeReader, TREE_SHAPE } from './cgroup/tree.ts'
import { type CgroupFile, filesV1 } from './cgroup/v1.ts'
import { filesV2 } from './cgroup/v2.ts'
import { idPart } from './parse/names.ts'
import { type TextSource, textParser } from './parse/parser.ts'

/** A file of a service's cgroup is short; io.stat and blkio have a line or three for each disk. */
const MAX_BYTES = 8192
/** 128 bytes for each of so many processes of a tree: beyond, the last ones are cut off. */
const TREE_BYTES = 256 * 1024

/** Name of the source with a pod's interfaces. */
const NETWORK = 'net.dev'

/** What each service of the workload consumes. */
export const cgroup = {
  id: 'cgroup',
  title: 'Services of the workload',
  about:
    'CPU time, throttling, memory and I/O of each service, from its own cgroup (v1: cpuacct, cpu, memory, blkio; v2: cpu.stat, memory.current, io.stat). memory is what the cgroup is charged with, page cache included. Bytes of I/O are those of real disks (dm, md, loop and zram would count twice); under v1 writes through the page cache are not charged to anybody. Where there is no cgroup to be had, CPU time and resident memory (memory_rss; shared pages count in each process) of the process tree are summed from /proc/PID/stat, with the finding CHILDREN_LOST: a child that nobody waits for and that ends between two readings takes its last CPU time with it. Where services stand in pods, CPU time of all pods of the node and of everything on its machine is read, too, and the bytes of each pod’s own network, lo left out.',
  probePaths: ['/proc/devices', '/proc/cgroups'],
  probe: facts =>
    facts.cgroup.version === 'none'
      ? {
          state: 'absent',
          reason: 'no cgroup is mounted',
          hint: 'services are told apart by their process tree instead; short-lived children are lost',
        }
      : { state: 'available', detail: `cgroup ${facts.cgroup.version}` },
  sources: (facts, services) => [
    ...named(services).flatMap(({ id, service }) =>
      service.watch.by === 'tree'
        ? [{ id: `${id}/tree`, path: service.watch.pidFile, maxBytes: bytes(TREE_BYTES), tree: true }]
        : [
            ...filesOf(service, new Set()).map(file => ({
              id: `${id}/${sourceName(service, file)}`,
              path: `${file.folder}/${file.name}`,
              maxBytes: bytes(MAX_BYTES),
            })),
            ...(service.watch.network === undefined
              ? []
              : [{ id: `${id}/${NETWORK}`, path: service.watch.network, maxBytes: bytes(MAX_BYTES) }]),
          ],
    ),
    ...podFiles(facts, services).map(file => ({
      id: nodeSource(file.instance),
      path: `${file.folder}/${file.name}`,
      maxBytes: bytes(MAX_BYTES),
    })),
  ],
  estimate: () => bytes(700),
  parser: (facts, host, services) => {
    const layered = blockMajors(facts)
    const texts = new Map(
      named(services).flatMap(({ id, service }) => textsOf(id, service, { layered, ...facts })),
    )
    for (const file of podFiles(facts, services)) texts.set(nodeSource(file.instance), file.text)
    const trees = services.filter(service => service.watch.by === 'tree')
    const parser = textParser({ collector: 'cgroup', host }, id => texts.get(id) ?? null)
    return {
      ...parser,
      findings: () => [...trees.map(service => childrenLost(service, host)), ...parser.findings()],
    }
  },
} as const satisfies Collector

/** No service is named so: behind a colon stands a number there. */
const nodeSource = (instance: string): string => `cgroup/node:${instance}`

/** Sources of a service are named after it; equal names are told apart by a number. */
function named(services: readonly Service[]): { readonly id: string; readonly service: Service }[] {
  const taken = new Set<string>()
  return services.map((service, index) => {
    const plain = `cgroup/${idPart(service.id)}`
    const id = taken.has(plain) ? `${plain}:${index}` : plain
    taken.add(id)
    return { id, service }
  })
}

function filesOf(service: Service, layered: ReadonlySet<string>, userHz = 100): readonly CgroupFile[] {
  if (service.watch.by === 'tree') return []
  const { version, paths, container } = service.watch
  return version === 1
    ? filesV1(service.id, paths, { layered, userHz, container })
    : filesV2(service.id, paths, { layered, container })
}

/** Files of a pod's container have the names of the pod's own. */
function sourceName({ watch }: Service, { name, folder }: CgroupFile): string {
  const inside = watch.by === 'cgroup' && Object.values(watch.container ?? {}).includes(folder)
  return inside ? `container/${name}` : name
}

function textsOf(
  id: string,
  service: Service,
  facts: { readonly layered: ReadonlySet<string>; readonly userHz: number; readonly pageSize: number },
): (readonly [string, TextSource])[] {
  if (service.watch.by === 'tree')
    return [[`${id}/tree`, { shape: TREE_SHAPE, read: newTreeReader(service.id, facts) }]]
  return [
    ...filesOf(service, facts.layered, facts.userHz).map(
      file => [`${id}/${sourceName(service, file)}`, file.text] as const,
    ),
    [`${id}/${NETWORK}`, podNetwork(service.id)],
  ]
}

const childrenLost = (service: Service, host: string): Finding => ({
  code: 'CHILDREN_LOST',
  host,
  collector: 'cgroup',
  values: { host, collector: 'cgroup', service: service.id },
})
