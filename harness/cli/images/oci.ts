import { z } from 'zod'

// https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md and manifest.md; Docker's own kinds have the same keys.
const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

const Platform = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
})

export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  size: z.number().int().nonnegative(),
  platform: Platform.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type Descriptor = z.infer<typeof Descriptor>

/** An image, or a list of images for several platforms. */
export const Manifest = z.looseObject({
  mediaType: z.string().optional(),
  manifests: z.array(Descriptor).optional(),
  config: Descriptor.optional(),
  layers: z.array(Descriptor).optional(),
})
export type Manifest = z.infer<typeof Manifest>

export const Index = z.looseObject({ manifests: z.array(Descriptor) })
export type Index = z.infer<typeof Index>

/** What an image's configuration says of its platform. */
export const Config = Platform.partial()

/** `linux/arm64`, `linux/arm/v7`. Of arm64 there is one variant, which some builders name and others do not. */
export const platformText = ({ os, architecture, variant }: z.infer<typeof Config>): string =>
  plainPlatform([os, architecture, variant].filter(part => part !== undefined && part !== '').join('/'))

export const plainPlatform = (text: string): string => text.replace(/\/arm64\/v8$/, '/arm64')

/** Names of an image in an archive: skopeo, buildah and podman read the one, containerd the other. */
export const NAME_ANNOTATIONS = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'] as const

/** Path of a blob in a layout and in an archive. */
export const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`
