import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { z } from 'zod'
import { blobPath, Config, type Descriptor, Index, Manifest, NAME_ANNOTATIONS, platformText } from './oci.ts'
import { damaged, readTar, type TarFile } from './tar.ts'

/** Larger than any manifest (registries take 4 MiB), and far smaller than layers. */
const MAX_DOCUMENT_BYTES = 4 << 20
const JSON_BEGIN = '{'.charCodeAt(0)

/** An image in an archive. */
export interface ArchivedImage {
  readonly digest: string
  readonly names: readonly string[]
  /** Sorted; empty: it does not say. */
  readonly platforms: readonly string[]
}

interface Blob {
  readonly size: number
  /** Of what is small enough to be a manifest. */
  readonly content: Buffer | null
}

/**
 * Reads an OCI archive once from begin to end: every blob must be what its name says, and everything that images refer to must be there.
 * https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 * @throws JoulemarkError `archive-damaged` (exit `corrupt`)
 */
export async function readArchive(path: string, signal?: AbortSignal): Promise<readonly ArchivedImage[]> {
  const blobs = new Map<string, Blob>()
  let index: Index | null = null
  for await (const file of readTar(createReadStream(path, signal === undefined ? {} : { signal }))) {
    if (file.name.startsWith('blobs/')) blobs.set(file.name, await readBlob(file))
    else if (file.name === 'index.json') index = parse(Index, await contentOf(file), file.name)
  }
  if (index === null) throw damaged('it has no index.json')
  return imagesOf(index, blobs)
}

async function readBlob(file: TarFile): Promise<Blob> {
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  let keep = file.size <= MAX_DOCUMENT_BYTES
  let first = true
  for await (const chunk of file.body) {
    hash.update(chunk)
    // Manifests and configurations are JSON; small layers are not kept.
    if (first) keep &&= chunk[0] === JSON_BEGIN
    first = false
    if (keep) chunks.push(chunk)
  }
  const found = blobPath(`sha256:${hash.digest('hex')}`)
  if (found !== file.name)
    throw damaged(`${file.name} holds something else, whose hash is ${found.slice(13)}`)
  return { size: file.size, content: keep ? Buffer.concat(chunks) : null }
}

async function contentOf(file: TarFile): Promise<Buffer> {
  if (file.size > MAX_DOCUMENT_BYTES) throw damaged(`${file.name} has ${file.size} bytes`)
  const chunks: Buffer[] = []
  for await (const chunk of file.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function parse<T extends z.ZodType>(schema: T, content: Buffer, name: string): z.output<T> {
  try {
    return schema.parse(JSON.parse(content.toString('utf8')))
  } catch {
    throw damaged(`${name} is no such document as it should be`)
  }
}

function imagesOf(index: Index, blobs: ReadonlyMap<string, Blob>): readonly ArchivedImage[] {
  const groups = Map.groupBy(index.manifests, ({ digest }) => digest)
  return [...groups.values()].flatMap(same => {
    const [first] = same
    if (first === undefined) return []
    const names = same.flatMap(({ annotations }) => NAME_ANNOTATIONS.map(key => annotations?.[key]))
    return [
      {
        digest: first.digest,
        names: [...new Set(names)].filter(name => name !== undefined),
        platforms: [...new Set(platformsOf(first, blobs))].sort(),
      },
    ]
  })
}

/** Platforms of an image or list; everything below it must be there. */
function platformsOf(descriptor: Descriptor, blobs: ReadonlyMap<string, Blob>): readonly string[] {
  const manifest = documentOf(Manifest, descriptor, blobs)
  for (const layer of manifest.layers ?? []) blobOf(layer, blobs)
  if (manifest.manifests !== undefined) return manifest.manifests.flatMap(one => platformsOf(one, blobs))
  if (manifest.config === undefined) return []
  // Attestations beside an image are of no platform.
  const text = platformText(documentOf(Config, manifest.config, blobs))
  return text === '' || text.includes('unknown') ? [] : [text]
}

function blobOf({ digest, size }: Descriptor, blobs: ReadonlyMap<string, Blob>): Blob {
  const found = blobs.get(blobPath(digest))
  if (found === undefined) throw damaged(`${digest} is missing, and an image needs it`)
  if (found.size !== size) throw damaged(`${digest} has ${found.size} bytes, and should have ${size}`)
  return found
}

function documentOf<T extends z.ZodType>(
  schema: T,
  descriptor: Descriptor,
  blobs: ReadonlyMap<string, Blob>,
): z.output<T> {
  const { content } = blobOf(descriptor, blobs)
  if (content === null) throw damaged(`${descriptor.digest} is too large for a manifest`)
  return parse(schema, content, descriptor.digest)
}
