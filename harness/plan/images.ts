import { mirrored } from './connections.ts'
import type { CampaignFile } from './schema.ts'
import type { KubernetesTarget } from './schema-cluster.ts'

/** An image that the pods of a target run. */
export interface CampaignImage {
  readonly target: string
  /** As the campaign file has it. */
  readonly source: string
  /** As nodes pull it: the beginning of its name is the mirror's. */
  readonly reference: string
  /** `sha256:…`; the same for both. */
  readonly digest: string
  /** Platforms that nodes of the target may have, `linux/amd64`. */
  readonly platforms: readonly string[]
}

/** Platforms that hosts, and so nodes, may have. */
const PLATFORMS: readonly string[] = ['linux/amd64', 'linux/arm64']
/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch */
const ARCH_LABEL = 'kubernetes.io/arch'

/** One for each cluster of the file, in its order. */
export const campaignImages = (file: CampaignFile): readonly CampaignImage[] =>
  file.targets.flatMap(target =>
    target.kind === 'kubernetes'
      ? [
          {
            target: target.id,
            source: target.image,
            reference: mirrored(target.image, target.mirror),
            digest: target.image.slice(target.image.indexOf('@') + 1),
            platforms: platformsOf(target),
          },
        ]
      : [],
  )

/** Labels of the nodes may say which; where they do not it may be any. */
function platformsOf({ nodes }: KubernetesTarget): readonly string[] {
  const asked = [nodes.sut[ARCH_LABEL], nodes.loadgen[ARCH_LABEL]]
  return asked.includes(undefined) ? PLATFORMS : [...new Set(asked.map(arch => `linux/${arch}`))].sort()
}
