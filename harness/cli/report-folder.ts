import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { LAYOUT } from '../../results/archive/paths.ts'
import { JoulemarkError } from '../model/error.ts'

/**
 * The folder that a person chose for a report, absolute. It need not be there yet.
 * @throws JoulemarkError `report-folder` (exit `usage`) for a file, no name at all, and what a campaign has sealed or works with
 */
export async function reportFolder(out: string): Promise<string> {
  const folder = resolve(out)
  if (out === '') throw refused('--out names no folder')
  const { there, missing } = await nearest(folder)
  if (!(await stat(there)).isDirectory())
    throw refused(`${there} is a file, and a report needs a folder for its files`)
  const real = join(await realpath(there), ...missing)
  for (let at = real; at !== dirname(at); at = dirname(at)) {
    const own = [LAYOUT.data, LAYOUT.state].find(name => basename(at) === name)
    if (own !== undefined && (await isCampaign(dirname(at))))
      throw refused(
        `${out} lies in ${own}/ of a campaign: ${own === LAYOUT.data ? 'what is added there breaks its seal' : 'its working files are there'}`,
      )
  }
  return folder
}

async function nearest(path: string): Promise<{ readonly there: string; readonly missing: string[] }> {
  const missing: string[] = []
  let there = path
  while (!(await exists(there)) && there !== dirname(there)) {
    missing.unshift(basename(there))
    there = dirname(there)
  }
  return { there, missing }
}

const isCampaign = (folder: string): Promise<boolean> => exists(join(folder, LAYOUT.data, 'plan.json'))

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const refused = (message: string): JoulemarkError =>
  new JoulemarkError({ code: 'report-folder', exit: 'usage', message, hint: 'choose another folder (--out)' })
