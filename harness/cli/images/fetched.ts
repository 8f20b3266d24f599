import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { blobPath, Index, Manifest } from './oci.ts'
import { damaged } from './tar.ts'
import type { Fetched } from './write-archive.ts'

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json'

/** The only image of an OCI layout. @throws JoulemarkError `archive-damaged` when it has another number of them */
export async function fromLayout(folder: string): Promise<Fetched> {
  const { manifests } = Index.parse(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')))
  const [only, ...others] = manifests
  if (only === undefined || others.some(({ digest }) => digest !== only.digest))
    throw damaged(`${manifests.length} images were written where one was to be`)
  const names = await readdir(join(folder, 'blobs', 'sha256'))
  const digests = names.filter(name => /^[0-9a-f]{64}$/.test(name)).map(name => `sha256:${name}`)
  const { mediaType, digest, size } = only
  return {
    descriptor: { mediaType, digest, size },
    blobs: new Map(digests.map(one => [one, join(folder, blobPath(one))])),
  }
}

/**
 * The image of a folder as skopeo writes it for `dir:`: manifest.json, manifests of single platforms as `<hash>.manifest.json`, and blobs named by
 * their hash. Nothing in it was converted, so that digests are the registry's.
 */
export async function fromSkopeoDir(folder: string): Promise<Fetched> {
  const blobs = new Map<string, string>()
  for (const name of await readdir(folder)) {
    const [, hash] = /^([0-9a-f]{64})(?:\.manifest\.json)?$/.exec(name) ?? []
    if (hash !== undefined) blobs.set(`sha256:${hash}`, join(folder, name))
  }
  const path = join(folder, 'manifest.json')
  const content = await readFile(path)
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  blobs.set(digest, path)
  const { mediaType, manifests } = Manifest.parse(JSON.parse(content.toString('utf8')))
  const kind = mediaType ?? (manifests === undefined ? OCI_IMAGE : OCI_INDEX)
  return { descriptor: { mediaType: kind, digest, size: content.length }, blobs }
}
