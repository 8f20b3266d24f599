import { syncCampaign } from '../../../harness/store/sync.ts'
import type { ArchiveFs } from '../../../results/archive/archive.ts'
import { openCampaign } from '../../../results/archive/node-archive.ts'
import { nodeFs } from '../../../results/archive/node-fs.ts'
import { batchesOf } from './campaign.ts'

// A sync that kills itself (SIGKILL) before or after the n-th write of its spool: argv dir, url, org, bucket, ticks, n, before|after.
const [dir = '', url = '', org = '', bucket = '', ticks = '', call = '', side = ''] = process.argv.slice(2)
let left = Number(call)

async function step<T>(work: () => Promise<T>): Promise<T> {
  left -= 1
  if (left === 0 && side === 'before') process.kill(process.pid, 'SIGKILL')
  const value = await work()
  if (left === 0) process.kill(process.pid, 'SIGKILL')
  return value
}

const fs: ArchiveFs = {
  writeNew: (path, content, mode) => step(() => nodeFs.writeNew(path, content, mode)),
  rename: (from, to) => step(() => nodeFs.rename(from, to)),
  append: (path, text) => step(() => nodeFs.append(path, text)),
  fsyncFolder: path => step(() => nodeFs.fsyncFolder(path)),
}

await syncCampaign({
  archive: await openCampaign(dir),
  batchesOf: batchesOf(Number(ticks)),
  connection: { url, org, bucket, token: { env: 'TOKEN' } },
  readSecret: async () => process.env.TOKEN ?? '',
  env: {},
  fs,
  backOff: { firstSeconds: 0.05, mostSeconds: 0.4 },
})
