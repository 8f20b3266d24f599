import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { meterKinds } from '../../collectors/meter-kinds.ts'
import { decodeRecording } from '../../collectors/recorder/decode.ts'
import type { CampaignArchive } from '../../results/archive/archive.ts'
import { requireIntact } from '../../results/archive/check-seal.ts'
import { makeFolder } from '../../results/archive/durable.ts'
import { openCampaign } from '../../results/archive/node-archive.ts'
import { nodeFs } from '../../results/archive/node-fs.ts'
import { insidePath, LAYOUT } from '../../results/archive/paths.ts'
import { type DeriveParts, deriveCampaign } from '../../results/derive/derive.ts'
import { type FormatId, formats } from '../../results/report/registry.ts'
import { workloadsById } from '../../workloads/registry.ts'
import type { Result } from '../model/result.ts'
import { collectorsById } from './load-file.ts'
import { toolVersion } from './version.ts'

export const deriveParts = (): DeriveParts => ({
  decode: decodeRecording,
  collectors: collectorsById,
  meters: meterKinds,
  workloads: workloadsById,
  toolVersion: toolVersion(),
})

/** Opens a campaign for reading: its seal must hold where it has one. @throws JoulemarkError exit `corrupt`, naming files */
export async function openIntact(dir: string): Promise<CampaignArchive> {
  await requireIntact(dir)
  return openCampaign(dir)
}

/** The result of a campaign, made from its raw data. */
export async function resultOf(
  dir: string,
): Promise<{ readonly archive: CampaignArchive; readonly result: Result }> {
  const archive = await openIntact(dir)
  return { archive, result: await deriveCampaign(archive, deriveParts()) }
}

/** Folder of what this version derives from a campaign, and the same within the campaign's folder. */
export const derivedFolder = (dir: string): string => join(resolve(dir), derivedBelow())
export const derivedBelow = (): string => `${LAYOUT.derived}/${toolVersion()}`

/**
 * Writes a report in these formats; returns the paths of its files. Each file is written whole or not at all. In a campaign's own folder, which may
 * come from somebody else, links are refused; in a folder that the caller chose they are followed.
 * @throws JoulemarkError `path-unsafe`
 */
export async function writeReport(
  folder: string,
  result: Result,
  ids: readonly FormatId[],
): Promise<readonly string[]> {
  const written: string[] = []
  for (const id of ids) {
    for (const file of await formats[id].render(result)) {
      const path = await placeOf(folder, file.path)
      await makeFolder(nodeFs, dirname(path))
      await replaceFile(path, file.content)
      written.push(path)
    }
  }
  return written
}

async function placeOf(folder: string, path: string): Promise<string> {
  const own = `${sep}${join(derivedBelow(), 'report')}`
  if (!folder.endsWith(own)) return join(folder, path)
  return insidePath(folder.slice(0, -own.length), `${derivedBelow()}/report/${path}`)
}

/** Writes a file whole or not at all, over what may be there. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content, { flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
