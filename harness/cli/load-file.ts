import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { collectors } from '../../collectors/registry.ts'
import { workloadsById } from '../../workloads/registry.ts'
import type { Collector } from '../model/collector.ts'
import { JoulemarkError } from '../model/error.ts'
import { type LoadedCampaign, loadCampaign } from '../plan/load.ts'
import { toolVersion } from './version.ts'

export const collectorsById: ReadonlyMap<string, Collector> = new Map<string, Collector>(
  Object.entries(collectors),
)

/** Loads a campaign file with the real registries. Connects to nothing. */
export async function loadFile(file: string): Promise<LoadedCampaign> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error)
  })
  return loadCampaign({
    text,
    file,
    workloads: workloadsById,
    collectors: collectorsById,
    env: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? null,
    toolVersion: toolVersion(),
  })
}

function unreadable(file: string, error: NodeJS.ErrnoException): JoulemarkError {
  const why =
    error.code === 'ENOENT'
      ? 'there is no such file'
      : error.code === 'EISDIR'
        ? 'it is a folder'
        : error.message
  return new JoulemarkError({
    code: 'file-unreadable',
    exit: 'usage',
    message: `${file}: ${why}`,
    hint:
      error.code === 'EISDIR'
        ? 'Name the campaign file, not a folder.'
        : 'An example to begin with: docs/examples/quick.yaml',
  })
}
