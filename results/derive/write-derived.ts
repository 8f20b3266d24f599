import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { Result } from '../../harness/model/result.ts'
import type { CampaignArchive } from '../archive/archive.ts'
import { makeFolder } from '../archive/durable.ts'
import { nodeFs } from '../archive/node-fs.ts'
import { insidePath, LAYOUT } from '../archive/paths.ts'
import { resultText } from './result-text.ts'

/**
 * Writes derived/<tool version>/result.json, whole or not at all, over what may be there: it is a cache. Links in the campaign's folder, which may
 * come from somebody else, are refused.
 * @returns its path
 * @throws JoulemarkError `path-unsafe`
 */
export async function writeDerived(archive: CampaignArchive, result: Result): Promise<string> {
  const path = await insidePath(archive.dir, `${LAYOUT.derived}/${versionFolder(result.tool)}/result.json`)
  await makeFolder(nodeFs, dirname(path))
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeSynced(temporary, resultText(result))
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
  return path
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o644)
  await file.writeFile(text)
  await file.sync()
}

function versionFolder(version: string): string {
  if (/^[0-9A-Za-z][0-9A-Za-z.+-]*$/.test(version)) return version
  throw new JoulemarkError({ code: 'version-unsafe', message: `${JSON.stringify(version)} is not a version` })
}
