import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { JoulemarkError } from '../../model/error.ts'
import { blobPath, type Descriptor, NAME_ANNOTATIONS } from './oci.ts'
import { MAX_FILE_BYTES, TAR_END, tarHeader, tarPadding } from './tar.ts'

/** What a tool fetched or built: an image, and the files of everything below it. */
export interface Fetched {
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>
  /** Digest → file. */
  readonly blobs: ReadonlyMap<string, string>
}

export interface NamedImage extends Fetched {
  /** Under which the archive has it. */
  readonly names: readonly string[]
}

/** Writes images as one OCI archive. Layers that several have are there once; the same images give the same bytes. */
export async function writeArchive(
  out: string,
  images: readonly NamedImage[],
  signal: AbortSignal,
): Promise<void> {
  await pipeline(archiveOf(images), createWriteStream(out, { flags: 'wx' }), { signal })
}

async function* archiveOf(images: readonly NamedImage[]): AsyncGenerator<Buffer> {
  yield* document('oci-layout', { imageLayoutVersion: '1.0.0' })
  yield* document('index.json', indexOf(images))
  const blobs = new Map(images.flatMap(image => [...image.blobs]))
  for (const [digest, path] of [...blobs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) throw tooLarge(digest, size)
    yield tarHeader(blobPath(digest), size)
    yield* createReadStream(path)
    yield tarPadding(size)
  }
  yield TAR_END
}

function* document(name: string, content: object): Generator<Buffer> {
  const body = Buffer.from(JSON.stringify(content))
  yield tarHeader(name, body.length)
  yield body
  yield tarPadding(body.length)
}

const indexOf = (images: readonly NamedImage[]): object => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: images.flatMap(({ descriptor, names }) =>
    names.map(name => ({
      ...descriptor,
      annotations: Object.fromEntries(NAME_ANNOTATIONS.map(key => [key, name])),
    })),
  ),
})

const tooLarge = (digest: string, size: number): JoulemarkError =>
  new JoulemarkError({
    code: 'image-too-large',
    exit: 'unreachable',
    message: `${digest} of the image has ${size} bytes, and a file in an archive may have ${MAX_FILE_BYTES} at most; nothing was written`,
  })
