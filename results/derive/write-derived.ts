import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { Result } from '../../harness/model/result.ts'
import type { CampaignArchive } from '../archive/archive.ts'
import { resultText } from './result-text.ts'

/**
 * Writes derived/<tool version>/result.json, whole or not at all, over what may be there: it is a cache.
 * @returns its path
 */
export async function writeDerived(archive: CampaignArchive, result: Result): Promise<string> {
  const folder = join(archive.dir, 'derived', versionFolder(result.tool))
  const path = join(folder, 'result.json')
  await mkdir(folder, { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  const file = await open(temporary, 'w', 0o644)
  try {
    await file.writeFile(resultText(result))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  return path
}

function versionFolder(version: string): string {
  if (/^[0-9A-Za-z][0-9A-Za-z.+-]*$/.test(version)) return version
  throw new JoulemarkError({ code: 'version-unsafe', message: `${JSON.stringify(version)} is not a version` })
}
