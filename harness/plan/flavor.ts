import type { PodSize } from '../model/cluster.ts'

const GIB = 1024 ** 3

/**
 * CPUs and memory of an SCS flavor by its name: `SCS-<n><C|T|V|L>[i]-<GiB>[u][o]…` (SCS-0100-v3, "Proposal for SCS flavor naming"); disks and
 * extensions after that are not read. null: no such name.
 */
export function flavorSize(name: string): PodSize | null {
  const [, cpus, memory] = /^SCS-([1-9]\d{0,3})[CTVL]i?-(\d{1,5}(?:\.\d)?)u?o?(?:-\S+)?$/.exec(name) ?? []
  if (cpus === undefined || memory === undefined || !(Number(memory) > 0)) return null
  return { cpuMillis: Number(cpus) * 1000, memoryBytes: Math.round(Number(memory) * GIB) }
}
