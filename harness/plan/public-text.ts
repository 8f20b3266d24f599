import { stringify } from 'yaml'
import type { CampaignFile, TargetSection } from './schema.ts'
import type { KubernetesTarget } from './schema-cluster.ts'
import type { MeterSection } from './schema-meter.ts'

const HEADER = `# The campaign as it was asked for, defaults written out. Addresses, users, paths and comments are left out:
# what is sealed can't be redacted.
`

/** The file as the archive keeps it: without identities, references to secrets and comments. Still YAML of the same words. */
export function publicText(file: CampaignFile): string {
  const { targets, influx, meters, ...rest } = file
  const shown = {
    ...rest,
    targets: targets.map(publicTarget),
    ...(meters === undefined ? {} : { meters: meters.map(publicMeter) }),
    ...(influx === undefined ? {} : { influx: {} }),
  }
  return HEADER + stringify(shown, { aliasDuplicateObjects: false, lineWidth: 110 })
}

/** Keys of how it is reached, and paths; all others say what is measured. The plan has a cited certificate's digest. */
const REACH = new Set([
  'certificate',
  'login',
  'user',
  'password',
  'token',
  'url',
  'ca',
  'fingerprint',
  'address',
  'port',
  'query',
  'where',
])

const publicMeter = (meter: MeterSection): Record<string, unknown> =>
  Object.fromEntries(Object.entries(meter).filter(([key]) => !REACH.has(key)))

function publicTarget(target: TargetSection): Record<string, unknown> {
  if (target.kind === 'kubernetes') return publicCluster(target)
  const { become_password: _, ...rest } = target
  if (rest.kind === 'local') return rest
  const hosts = Object.entries(rest.hosts).map(([id, host]) => [
    id,
    host.assume === undefined ? {} : { assume: host.assume },
  ])
  return { ...rest, hosts: Object.fromEntries(hosts) }
}

/** Names of contexts, namespaces, registries and labels of nodes are left out, too. */
function publicCluster(target: KubernetesTarget): Record<string, unknown> {
  const {
    kubeconfig: _,
    context: __,
    namespace,
    nodes: ___,
    image,
    pull_secret: ____,
    pull_auth: _____,
    mirror: ______,
    ...rest
  } = target
  return {
    ...rest,
    ...(namespace === undefined ? {} : { namespace: 'existing' }),
    image: image.slice(image.indexOf('@') + 1),
  }
}
