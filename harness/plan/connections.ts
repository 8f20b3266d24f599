import type { InfluxConnection, SshConnection, TargetConnection } from '../model/connection.ts'
import { type Folders, resolvePath } from './paths.ts'
import type { CampaignFile, TargetSection } from './schema.ts'
import type { KubernetesTarget } from './schema-cluster.ts'
import type { HostSection, JumpSection } from './schema-host.ts'
import { secretRef } from './secrets.ts'

/** How every target of the file is reached, by its id. Paths are absolute, secrets references. */
export const resolveConnections = (
  file: CampaignFile,
  folders: Folders,
): ReadonlyMap<string, TargetConnection> =>
  new Map(file.targets.map(target => [target.id, targetConnection(target, folders)]))

/** Where points go; null: nowhere. */
export function resolveInflux(file: CampaignFile, folders: Folders): InfluxConnection | null {
  if (file.influx === undefined) return null
  const { url, org, bucket, token } = file.influx
  return { url, org, bucket, token: secretRef(token, folders) }
}

function targetConnection(target: TargetSection, folders: Folders): TargetConnection {
  if (target.kind === 'kubernetes') return clusterConnection(target, folders)
  const password =
    target.become_password === undefined ? {} : { becomePassword: secretRef(target.become_password, folders) }
  if (target.kind === 'local') return { kind: 'local', become: target.become, ...password }
  const hosts = Object.fromEntries(
    Object.entries(target.hosts).map(([id, host]) => [id, hostConnection(host, folders)]),
  )
  return { kind: 'ssh', become: target.become, ...password, hosts }
}

function clusterConnection(target: KubernetesTarget, folders: Folders): TargetConnection {
  const { kubeconfig, context, namespace, pull_secret: pullSecret } = target
  return {
    kind: 'kubernetes',
    become: 'none',
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolvePath(kubeconfig, folders) }),
    ...(context === undefined ? {} : { context }),
    ...(namespace === undefined ? {} : { namespace }),
    nodes: target.nodes,
    image: pulledName(target.image, target.mirror),
    ...(pullSecret === undefined ? {} : { pullSecret }),
    ...(target.pull_auth === undefined ? {} : { pullAuth: secretRef(target.pull_auth, folders) }),
    pullPolicy: target.pull,
  }
}

/** An image's name with the longest beginning that the map knows replaced, at the end of a part of its path. */
export function mirrored(image: string, mirror: Readonly<Record<string, string>>): string {
  const fitting = Object.keys(mirror).filter(prefix => image.startsWith(`${prefix}/`))
  const [longest] = fitting.sort((a, b) => b.length - a.length)
  return longest === undefined ? image : `${mirror[longest] ?? longest}${image.slice(longest.length)}`
}

/** Name by which nodes ask for an image, and under which an archive must have it: whole, and without a tag beside the digest. */
export function pulledName(image: string, mirror: Readonly<Record<string, string>>): string {
  const other = mirrored(image, mirror)
  return other === image ? mirrored(fullName(image), mirror) : fullName(other)
}

/** https://pkg.go.dev/github.com/distribution/reference#ParseNormalizedNamed: what is without a registry is Docker's. */
export function fullName(image: string): string {
  const [name = '', digest = ''] = image.split('@')
  // A port of a registry stands before a slash.
  const plain = name.replace(/:[^:/]*$/, '')
  const [first = '', ...rest] = plain.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const full = isHost ? plain : `docker.io/${rest.length === 0 ? 'library/' : ''}${plain}`
  return `${full}@${digest}`
}

function hostConnection(host: HostSection, folders: Folders): SshConnection {
  const jump = host.jump?.map(hop => jumpConnection(hop, folders))
  return { ...connection(host, folders), ...(jump === undefined ? {} : { jump }) }
}

const jumpConnection = (hop: JumpSection, folders: Folders): SshConnection =>
  typeof hop === 'string' ? { address: hop } : connection(hop, folders)

function connection(section: Omit<HostSection, 'jump' | 'assume'>, folders: Folders): SshConnection {
  const path = (value: string): string => resolvePath(value, folders)
  return {
    address: section.address,
    ...(section.port === undefined ? {} : { port: section.port }),
    ...(section.user === undefined ? {} : { user: section.user }),
    ...(section.identity === undefined ? {} : { identity: path(section.identity) }),
    ...(section.passphrase === undefined ? {} : { passphrase: secretRef(section.passphrase, folders) }),
    ...(section.host_key === undefined ? {} : { hostKey: section.host_key }),
    ...(section.known_hosts === undefined ? {} : { knownHosts: path(section.known_hosts) }),
    ...(section.config === undefined
      ? {}
      : { config: section.config === 'none' ? 'none' : path(section.config) }),
  }
}
