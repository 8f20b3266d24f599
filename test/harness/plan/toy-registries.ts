import { z } from 'zod'
import type { Collector } from '../../../harness/model/collector.ts'
import type { Json } from '../../../harness/model/json.ts'
import { bytes } from '../../../harness/model/units.ts'
import type { Workload } from '../../../harness/model/workload.ts'

const never = (): never => {
  throw new Error('a toy is planned, not run')
}

const toyWorkload = (id: string, params: Workload['params']): Workload => ({
  id,
  version: '1.0',
  title: `Toy ${id}`,
  about: 'For tests of planning.',
  params,
  functionalUnit: 'request',
  estimate: ({ rate }) => ({
    workBytesPerSecond: typeof rate === 'number' ? rate * 10 : 0,
    deploySeconds: 7,
    diskBytes: 1000,
  }),
  deploy: never,
  reader: { work: never, facts: never },
})

const toyCollector = (id: string, size: number): Collector => ({
  id,
  title: id,
  about: 'For tests of planning.',
  probePaths: [],
  probe: () => ({ state: 'available', detail: '' }),
  sources: () => [],
  estimate: facts => bytes(size * facts.cpu.threads),
  parser: never,
})

const params = z.strictObject({
  rate: z.number().min(1).max(10_000).default(100),
  mix: z.enum(['read', 'write']).default('read'),
}) as unknown as z.ZodType<Record<string, Json>>

export const toyWorkloads: ReadonlyMap<string, Workload> = new Map(
  [
    { ...toyWorkload('toy', params), pods: { load: 'many' } as const },
    toyWorkload('still', z.strictObject({})),
  ].map(workload => [workload.id, workload]),
)
export const toyCollectors: ReadonlyMap<string, Collector> = new Map(
  [toyCollector('cpu', 100), toyCollector('memory', 50), toyCollector('disk', 10)].map(one => [one.id, one]),
)
