import { JoulemarkError } from '../../model/error.ts'
import { fullName } from '../../plan/connections.ts'
import type { CampaignImage } from '../../plan/images.ts'
import { campaignSecrets } from '../compose.ts'
import { loadFile } from '../load-file.ts'
import { stopSignals } from '../stop-signals.ts'
import type { Terminal } from '../terminal.ts'
import { fetchImage, findSkopeo } from './fetch-image.ts'
import { archiveText } from './images-text.ts'
import { makeArchive } from './make-archive.ts'
import { refuseMissing } from './platforms.ts'
import type { ArchivedImage } from './read-archive.ts'
import type { NamedImage } from './write-archive.ts'

type Wanted = Pick<CampaignImage, 'source' | 'reference' | 'platforms'>

const REFERENCE = /^[a-z0-9][A-Za-z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}$/

/** `joulemark images save FILE|REFERENCE --out TAR`: images as they are in their registries, under the names by which nodes ask for them. */
export async function saveImages(what: string, out: string, terminal: Terminal): Promise<void> {
  const one = { source: fullName(what), reference: fullName(what), platforms: null }
  const wanted = REFERENCE.test(what) ? [one] : await imagesOf(what)
  const skopeo = await findSkopeo(process.env)
  using stop = stopSignals(() => terminal.err('stopping\n'))
  const tell = (line: string): void => terminal.err(`  ${line}\n`)
  const bySource = Map.groupBy(wanted, ({ source }) => source)
  const collect = async (folder: string): Promise<readonly NamedImage[]> => {
    const images: NamedImage[] = []
    for (const [source, same] of bySource) {
      terminal.err(`fetching ${source} (${images.length + 1} of ${bySource.size})\n`)
      const into = String(images.length)
      const fetched = await fetchImage(skopeo, source, { folder, into, tell, signal: stop.soft })
      images.push({ ...fetched, names: [...new Set(same.map(({ reference }) => reference))] })
    }
    return images
  }
  const judge = (images: readonly ArchivedImage[]): void => {
    for (const { names, platforms } of images) {
      const asked = wanted.filter(({ reference }) => names.includes(reference))
      refuseMissing([...new Set(asked.flatMap(one => one.platforms ?? []))], platforms)
    }
  }
  const made = await makeArchive({ out, signal: stop.soft, collect, judge })
  terminal.err(archiveText(out, made))
}

async function imagesOf(file: string): Promise<readonly Wanted[]> {
  const { images, connections, influx, meters } = await loadFile(file)
  // What the file names as secrets is not handed on to other programs.
  campaignSecrets({ targets: connections, influx, meters })
  if (images.length > 0) return images
  throw new JoulemarkError({
    code: 'no-images',
    exit: 'usage',
    message: `${file} has no target of kind kubernetes, so its runs need no image`,
  })
}
