import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const OCI = 'application/vnd.oci.image'

interface Described {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
}

/** A small image for several platforms as OCI layout, whose layers differ and are an empty tar of their own length. Gives its digest. */
export async function writeLayout(folder: string, architectures: readonly string[]): Promise<string> {
  const blobs = join(folder, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  const put = async (mediaType: string, content: Buffer | object): Promise<Described> => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
    const hash = createHash('sha256').update(bytes).digest('hex')
    await writeFile(join(blobs, hash), bytes)
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length }
  }
  const manifests: Described[] = []
  for (const [i, architecture] of architectures.entries()) {
    const layer = await put(`${OCI}.layer.v1.tar`, Buffer.alloc(10_240 * (i + 1)))
    // As Debian's base images have it.
    const platform = { os: 'linux', architecture, ...(architecture === 'arm64' ? { variant: 'v8' } : {}) }
    const config = await put(`${OCI}.config.v1+json`, {
      ...platform,
      config: {},
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    })
    const mediaType = `${OCI}.manifest.v1+json`
    const manifest = await put(mediaType, { schemaVersion: 2, mediaType, config, layers: [layer] })
    manifests.push({ ...manifest, platform })
  }
  const mediaType = `${OCI}.index.v1+json`
  const list = await put(mediaType, { schemaVersion: 2, mediaType, manifests })
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [list] }))
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  return list.digest
}
