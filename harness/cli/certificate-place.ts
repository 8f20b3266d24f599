import { lstat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { insidePath } from '../../results/archive/paths.ts'
import { JoulemarkError } from '../model/error.ts'
import { derivedBelow } from './derive-results.ts'
import { reportFolder } from './report-folder.ts'

/**
 * Where a certificate is written: the file that a person chose, else one below derived/ of the campaign, where links are refused.
 * @throws JoulemarkError exit `usage` for a folder, a link or a device, and for what a campaign has sealed or works with
 */
export async function certificatePlace(dir: string, meter: string, out: string | undefined): Promise<string> {
  if (out === undefined) return insidePath(resolve(dir), `${derivedBelow()}/${meter}.certificate.json`)
  const file = resolve(out)
  if (out === '') throw refused('--out names no file')
  // It takes the place of what is there: of a device that would be the end.
  const found = await lstat(file).catch(() => null)
  if (found !== null && !found.isFile()) throw refused(`${out} is there, and is no regular file`)
  return join(await reportFolder(dirname(file)), basename(file))
}

const refused = (message: string): JoulemarkError =>
  new JoulemarkError({
    code: 'certificate-file',
    exit: 'usage',
    message,
    hint: 'name a file, such as --out bmc.certificate.json',
  })
