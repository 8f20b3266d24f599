import { z } from 'zod'
import type { Check, LoadFacts, Work, Workload } from '../../../harness/model/workload.ts'

/** What the toy's only work file holds: JSON, `{ pieces, facts }`. */
export interface ToyFile {
  readonly pieces: readonly Work[]
  readonly facts: Partial<LoadFacts>
  /** Absent: every piece was checked. */
  readonly checks?: readonly Check[]
}

const NO_FACTS: LoadFacts = {
  dropped: 0,
  vuMax: 10,
  vuUsed: 5,
  checked: 1,
  wrong: 0,
  exitCode: 0,
  findings: [],
}

/** A workload whose evidence of work is plain JSON; deployed by nobody. */
export const toyWorkload: Workload = {
  id: 'toy',
  version: '1',
  title: 'Toy',
  about: 'For tests.',
  params: z.record(z.string(), z.any()),
  functionalUnit: 'request',
  asked: ({ rate, arrivals }) =>
    typeof rate === 'number'
      ? { unitsPerSecond: rate, arrivals: arrivals === 'random' ? 'random' : 'even' }
      : null,
  estimate: () => ({ workBytesPerSecond: 1, deploySeconds: 1, diskBytes: 1 }),
  deploy: () => Promise.reject(new Error('the toy is never deployed')),
  reader: {
    async *work(files) {
      yield (await read(files.open('toy.json.gz'))).pieces
    },
    async *checks(files) {
      const { pieces, checks } = await read(files.open('toy.json.gz'))
      yield checks ?? pieces.map(({ at }) => ({ at, right: true }))
    },
    async facts(files, exitCode) {
      return { ...NO_FACTS, exitCode, ...(await read(files.open('toy.json.gz'))).facts }
    },
  },
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<ToyFile> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
  return JSON.parse(text + decoder.decode()) as ToyFile
}
