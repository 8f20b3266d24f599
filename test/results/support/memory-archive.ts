import { gunzipSync } from 'node:zlib'
import type { Plan } from '../../../harness/model/plan.ts'
import { RunRecord } from '../../../harness/model/run.ts'
import type { CampaignArchive, RunArchive } from '../../../results/archive/archive.ts'

/** Contents of a run by path; `.gz` files may hold plain bytes, as read() gives them. */
export type RunContent = ReadonlyMap<string, string | Uint8Array>

const absent = (): never => {
  throw new Error('this archive is only read')
}

/** An archive in memory, for reading. Chunks are small, so that whoever reads must put them together. */
export function memoryArchive(plan: Plan, runs: ReadonlyMap<string, RunContent>): CampaignArchive {
  return {
    dir: '/nowhere',
    id: 'campaign-20260101T000000Z-abcd',
    plan: async () => plan,
    campaignText: async () => '',
    appendLedger: absent,
    ledger: async () => [],
    runs: async () => [...runs.keys()].sort().map(id => memoryRun(id, runs.get(id) as RunContent)),
    run: id => memoryRun(id, runs.get(id) ?? new Map()),
    writeState: absent,
    readState: async () => null,
    sealed: async () => false,
    seal: absent,
  }
}

function memoryRun(id: string, content: RunContent): RunArchive {
  return {
    id,
    dir: `/nowhere/${id}`,
    write: absent,
    async *read(path) {
      const bytes = contentOf(content, path)
      for (let at = 0; at < bytes.length; at += 4093) yield bytes.subarray(at, at + 4093)
    },
    exists: async path => content.has(path),
    attached: { read: absent, exists: async () => false },
    files: async () => [...content.keys()].sort(),
    record: async () =>
      content.has('run.json')
        ? RunRecord.parse(JSON.parse(new TextDecoder().decode(contentOf(content, 'run.json'))))
        : null,
  }
}

function contentOf(content: RunContent, path: string): Uint8Array {
  const value = content.get(path)
  if (value === undefined) throw new Error(`${path} is not there`)
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return path.endsWith('.gz') && bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}
