import { dirname, join } from 'node:path'
import { hashFile, TAG_MANIFEST } from '../../results/archive/bagit.ts'
import { makeFolder } from '../../results/archive/durable.ts'
import { nodeFs } from '../../results/archive/node-fs.ts'
import { type QualifyRequest, qualifyCampaign } from '../../results/derive/qualify.ts'
import { type Certificate, certificateText } from '../model/certificate.ts'
import { certificatePlace } from './certificate-place.ts'
import { deriveParts, openIntact, replaceFile } from './derive-results.ts'

/**
 * Makes a certificate from the raw data of a campaign, whose seal must hold where it has one, and writes it whole or not at all.
 * @throws JoulemarkError exits `corrupt`, `usage`, `refused`
 */
export async function qualifyFolder(
  dir: string,
  o: Omit<QualifyRequest, 'seal'> & { readonly out?: string },
): Promise<{ readonly certificate: Certificate; readonly file: string }> {
  const archive = await openIntact(dir)
  const seal = (await archive.sealed()) ? (await hashFile(join(archive.dir, TAG_MANIFEST))).hash : null
  const certificate = await qualifyCampaign(archive, { ...o, seal }, deriveParts())
  const file = await certificatePlace(dir, certificate.sensor.id, o.out)
  await makeFolder(nodeFs, dirname(file))
  await replaceFile(file, certificateText(certificate))
  return { certificate, file }
}
