import { z } from 'zod'
import type { LoadFacts, Workload } from '../../harness/model/workload.ts'

const IdleParams = z.strictObject({}).describe('The machine as it is: no parameters.')
type IdleParams = z.infer<typeof IdleParams>

const NOTHING: LoadFacts = {
  dropped: null,
  vuMax: null,
  vuUsed: null,
  checked: null,
  wrong: null,
  exitCode: null,
  findings: [],
}

/** Nothing is deployed and nothing is started: what the machine takes for being there. */
export const idle: Workload<IdleParams> = {
  id: 'idle',
  version: '1',
  title: 'Idle',
  about:
    'The system under test as it is, with nothing of a workload on it. Its unit of work is the hour that one host is kept ready.',
  params: IdleParams,
  functionalUnit: 'host-hour',
  unitsPerSecond: 1 / 3600,
  pods: { load: 'none' },
  estimate: () => ({ workBytesPerSecond: 0, deploySeconds: 0, diskBytes: 0 }),
  deploy: async () => ({ services: [], startLoad: async () => [], workFiles: [] }),
  reader: {
    async *work() {},
    facts: async () => NOTHING,
  },
}
