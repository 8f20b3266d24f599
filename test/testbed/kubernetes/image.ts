import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './processes.ts'

/** An image in an archive that containerd imports. */
export interface ImageArchive {
  readonly path: string
  /** `NAME@sha256:…` */
  readonly reference: string
}

interface LayoutFile {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}

/**
 * Makes an OCI archive of one layer, a tar of a root file system. It has two names: with a tag, and by its digest, as campaigns name it.
 * https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 */
export async function makeImage(o: {
  readonly name: string
  readonly tag: string
  /** Consumed. */
  readonly layer: string
  readonly out: string
  readonly env?: readonly string[]
  readonly command?: readonly string[]
}): Promise<ImageArchive> {
  const dir = `${o.out}.layout`
  const blobs = join(dir, 'blobs/sha256')
  await rm(dir, { recursive: true, force: true })
  await mkdir(blobs, { recursive: true })
  const put = async (mediaType: string, content: string): Promise<LayoutFile> => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    await writeFile(join(blobs, digest.slice(7)), content)
    return { mediaType, digest, size: Buffer.byteLength(content) }
  }
  const diff = await sha256Of(o.layer)
  const size = (await stat(o.layer)).size
  await rename(o.layer, join(blobs, diff.slice(7))).catch(async () => {
    await copyFile(o.layer, join(blobs, diff.slice(7)))
    await rm(o.layer)
  })
  const config = await put(
    'application/vnd.oci.image.config.v1+json',
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Env: o.env ?? [], ...(o.command === undefined ? {} : { Cmd: o.command }) },
      rootfs: { type: 'layers', diff_ids: [diff] },
    }),
  )
  const manifest = await put(
    'application/vnd.oci.image.manifest.v1+json',
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: diff, size }],
    }),
  )
  const names = [`${o.name}:${o.tag}`, `${o.name}@${manifest.digest}`]
  await writeFile(
    join(dir, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: names.map(name => ({
        ...manifest,
        // containerd reads the one, skopeo and buildah the other.
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
      })),
    }),
  )
  await writeFile(join(dir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await run('tar', '-C', dir, '-cf', `${o.out}.new`, 'oci-layout', 'index.json', 'blobs')
  await rename(`${o.out}.new`, o.out)
  await rm(dir, { recursive: true, force: true })
  return { path: o.out, reference: names[1] ?? '' }
}
