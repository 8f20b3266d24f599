import { fullName, pulledName } from './connections.ts'
import type { CampaignFile } from './schema.ts'
import type { KubernetesTarget } from './schema-cluster.ts'

/** An image that the pods of a target run. */
export interface CampaignImage {
  readonly target: string
  /** As the campaign file has it, with its registry. */
  readonly source: string
  /** As nodes pull it: the beginning of its name is the mirror's. */
  readonly reference: string
  /** `sha256:…`; the same for both. */
  readonly digest: string
  /** Platforms of the target's nodes, `linux/amd64`, as the labels say that choose them; null: they do not say. */
  readonly platforms: readonly string[] | null
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch */
const ARCH_LABEL = 'kubernetes.io/arch'

/** One for each cluster of the file, in its order. */
export const campaignImages = (file: CampaignFile): readonly CampaignImage[] =>
  file.targets.flatMap(target =>
    target.kind === 'kubernetes'
      ? [
          {
            target: target.id,
            source: fullName(target.image),
            reference: pulledName(target.image, target.mirror),
            digest: target.image.slice(target.image.indexOf('@') + 1),
            platforms: platformsOf(target),
          },
        ]
      : [],
  )

function platformsOf({ nodes }: KubernetesTarget): readonly string[] | null {
  const asked = [nodes.sut[ARCH_LABEL], nodes.loadgen[ARCH_LABEL]]
  return asked.includes(undefined) ? null : [...new Set(asked.map(arch => `linux/${arch}`))].sort()
}
