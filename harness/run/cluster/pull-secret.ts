import type { V1Secret } from '@kubernetes/client-node'
import { z } from 'zod'
import { JoulemarkError } from '../../model/error.ts'
import { type ManifestParts, metadata } from './manifests.ts'

/** Registry of images whose name begins with no registry, and what it is called in files of credentials. */
const DEFAULT_REGISTRY = 'docker.io'
const DEFAULT_NAMES = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

const Entry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
})
const Config = z.looseObject({ auths: z.record(z.string(), Entry).optional() })

export type Auths = Readonly<Record<string, z.infer<typeof Entry>>>

/**
 * What a docker config.json says of the registry of an image; other registries' credentials are none of the cluster's business.
 * @throws JoulemarkError `pull-auth`; its message repeats nothing of the file
 */
export function authsFor(image: string, config: string): Auths {
  const { auths = {} } = parseConfig(config)
  const registry = registryOf(image)
  const fitting = Object.entries(auths).filter(([key, entry]) => isFor(key, registry) && isWhole(entry))
  if (fitting.length === 0)
    throw refused(
      `they have none for ${registry}`,
      `skopeo login --authfile FILE ${registry} writes such a file`,
    )
  return Object.fromEntries(fitting)
}

/** Registry that an image is got from: what stands before the first slash, if it can be a host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : DEFAULT_REGISTRY
}

/** Helpers of a desktop leave entries without anything in them. */
const isWhole = ({ auth, username, password, identitytoken }: Auths[string]): boolean =>
  [auth, identitytoken].some(text => text !== undefined && text !== '') ||
  (username !== undefined && password !== undefined)

/** Keys are hosts, with or without scheme and path; `*` stands for anything in a part of a name, as for the kubelet. */
function isFor(key: string, registry: string): boolean {
  const [host = ''] = key.replace(/^https?:\/\//, '').split('/')
  if (registry === DEFAULT_REGISTRY) return DEFAULT_NAMES.includes(host)
  const wanted = registry.split('.')
  const parts = host.split('.')
  return parts.length === wanted.length && parts.every((part, i) => fits(part, wanted[i] ?? ''))
}

const fits = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replace(/[^a-z0-9*]/gi, '\\$&').replaceAll('*', '.*')}$`).test(text)

function parseConfig(text: string): z.infer<typeof Config> {
  try {
    return Config.parse(JSON.parse(text))
  } catch {
    // What is wrong with it would be told with its words.
    throw refused(
      'they are no docker config.json',
      'it is JSON with a key auths, as docker, podman and skopeo login write it; a variable holds all of it',
    )
  }
}

const refused = (why: string, hint: string): JoulemarkError =>
  new JoulemarkError({
    code: 'pull-auth',
    exit: 'usage',
    message: `the credentials that pull_auth refers to can't be used: ${why}`,
    publicMessage: "the credentials of the image's registry can't be used",
    hint,
  })

/** Name of the secret, in every namespace of a run that has pods. */
export const pullSecretName = (o: Pick<ManifestParts, 'owner'>): string => metadata(o, 'pull').name ?? ''

/** Secret of the run's own with credentials for its image alone. @throws as `authsFor` */
export const pullSecretOf = (
  o: Pick<ManifestParts, 'owner' | 'namespace' | 'settings'>,
  config: string,
): V1Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata(o, 'pull', o.namespace),
  type: 'kubernetes.io/dockerconfigjson',
  data: {
    '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: authsFor(o.settings.image, config) })).toString(
      'base64',
    ),
  },
})
