import type { V1Secret } from '@kubernetes/client-node'
import { z } from 'zod'
import { JoulemarkError } from '../../model/error.ts'
import { type Auths, type ManifestParts, metadata } from './manifests.ts'

/** Registry of images whose name begins with no registry, and what it is called in files of credentials. */
const DEFAULT_REGISTRY = 'docker.io'
const DEFAULT_NAMES = ['docker.io', 'index.docker.io']

const Entry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
})
const Config = z.looseObject({ auths: z.record(z.string(), Entry).optional() })

/**
 * What a docker config.json says of where an image lies; other credentials are none of the cluster's business.
 * @throws JoulemarkError `pull-auth`; its message repeats nothing of the file
 */
export function authsFor(image: string, config: string): Auths {
  const { auths = {} } = parseConfig(config)
  const fitting = Object.entries(auths).filter(([key]) => isFor(key, image))
  const usable = fitting.flatMap(([key, entry]) => {
    const auth = basicAuth(entry)
    return auth === null ? [] : [[key, { auth }] as const]
  })
  if (usable.length > 0) return Object.fromEntries(usable)
  const registry = registryOf(image)
  const login = `skopeo login --authfile FILE ${registry} writes such a file`
  if (fitting.length === 0) throw refused(`they have none for ${registry}`, login)
  throw refused(
    `those for ${registry} have no user and password`,
    `a kubelet takes no identity token, and no credential helper of this machine; ${login}`,
  )
}

/** base64 of `user:password`; null: it has none. Helpers of a desktop leave entries without anything in them. */
function basicAuth({ auth, username, password }: z.infer<typeof Entry>): string | null {
  const pair =
    username !== undefined && password !== undefined
      ? `${username}:${password}`
      : Buffer.from(auth ?? '', 'base64').toString('utf8')
  return /^[^:]+:./s.test(pair) ? Buffer.from(pair).toString('base64') : null
}

/** Registry that an image is got from: what stands before the first slash, if it can be a host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : DEFAULT_REGISTRY
}

/** Keys are hosts, with or without scheme and path; `*` stands for anything in a part of a host's name, as for the kubelet. */
function isFor(key: string, image: string): boolean {
  const [host = '', ...path] = key.replace(/^https?:\/\//, '').split('/')
  const registry = registryOf(image)
  if (registry === DEFAULT_REGISTRY) return DEFAULT_NAMES.includes(host)
  const wanted = registry.split('.')
  const parts = host.split('.')
  const [name = ''] = image.split('@')
  // Old logins are named by the version of the registry's API.
  const prefix = path.filter(part => part !== '' && !/^v[12]$/.test(part))
  const below = prefix.every((part, i) => part === name.split('/')[i + 1])
  return below && parts.length === wanted.length && parts.every((part, i) => fits(part, wanted[i] ?? ''))
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

/**
 * Secret of the run's own with credentials for its image alone. It is never changed, so that nobody needs the right to: it expires when the
 * run's pods have ended by themselves at the latest.
 */
export function pullSecretOf(
  o: Pick<ManifestParts, 'owner' | 'namespace' | 'lifeSeconds' | 'parent'>,
  auths: Auths,
): V1Secret {
  const owner = { ...o.owner, expires: o.owner.expires + o.lifeSeconds * 1e6 }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata({ ...o, owner }, 'pull', o.namespace),
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  }
}
