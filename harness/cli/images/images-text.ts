import { bytesText } from '../../../results/report/number-text.ts'
import type { CampaignImage } from '../../plan/images.ts'
import { textTable } from '../text-table.ts'
import type { MadeArchive } from './make-archive.ts'

/** Which image each cluster of a campaign needs, as its nodes will pull it. */
export const neededText = (images: readonly CampaignImage[]): string =>
  textTable(
    [{ title: 'target' }, { title: 'nodes' }, { title: 'image' }],
    images.map(({ target, platforms, reference }) => [target, platforms?.join(', ') ?? 'any', reference]),
    '',
  )

/** What an archive holds, and how it is carried on. */
export function archiveText(out: string, { bytes, images }: MadeArchive): string {
  const lines = images.map(({ names, platforms, digest }) => {
    const of = platforms.length === 0 ? 'platform not known' : platforms.join(', ')
    return `  ${names.at(-1) ?? digest}  ${of}\n`
  })
  const [name = ''] = images[0]?.names ?? []
  return [
    `${out}  ${bytesText(bytes)}, read back, every hash right\n`,
    ...lines,
    'Carry it on with its digest:\n',
    `  to a registry: skopeo copy --all --preserve-digests oci-archive:${out}:${name} docker://REGISTRY/NAME:TAG\n`,
    `  to a node:     ctr --namespace k8s.io images import --all-platforms ${out}\n`,
  ].join('')
}
