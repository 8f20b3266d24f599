import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { meterKinds } from '../../collectors/meter-kinds.ts'
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
  const text = await readCampaign(file).catch((error: NodeJS.ErrnoException) => {
    throw error instanceof JoulemarkError ? error : unreadable(file, error)
  })
  return loadCampaign({
    text,
    file,
    workloads: workloadsById,
    collectors: collectorsById,
    meters: meterKinds,
    env: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? null,
    toolVersion: toolVersion(),
  })
}

/** Larger than any campaign that a person or a program would write. */
const MAX_BYTES = 4 << 20
/** What the shell hands in: standard input, `<(…)`. Anything else that is no regular file would keep us waiting for ever. */
const HANDED_IN = /^\/(dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/

async function readCampaign(file: string): Promise<string> {
  const found = await stat(file)
  if (!found.isFile() && !found.isDirectory() && !HANDED_IN.test(file))
    throw notAFile(file, 'it is no regular file')
  if (found.size > MAX_BYTES)
    throw notAFile(file, `it has ${found.size} bytes; at most ${MAX_BYTES} are read`)
  return readFile(file, 'utf8')
}

const notAFile = (file: string, why: string): JoulemarkError =>
  new JoulemarkError({
    code: 'file-unreadable',
    exit: 'usage',
    message: `${file}: ${why}`,
    hint: 'Name a campaign file (YAML).',
  })

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
