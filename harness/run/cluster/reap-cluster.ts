import { JoulemarkError } from '../../model/error.ts'
import type { Cluster } from '../../model/target.ts'
import { type LockContent, parseLock } from '../locks.ts'
import type { ReapItem, ReapReport } from '../reap.ts'
import { removeObject } from '../removers/kubernetes.ts'
import { LOCKS_NAMESPACE } from './lease.ts'
import { CLUSTER_HOST } from './ledger-line.ts'
import { isOurClusterName, LABEL, MANAGER, OWNER_ANNOTATION } from './names.ts'
import { type ObjectName, objectPath } from './objects.ts'

/** In this order: what makes pods goes before them. */
const IN_NAMESPACE: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['batch/v1', 'Job'],
  ['apps/v1', 'DaemonSet'],
  ['v1', 'Pod'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
]
/** Listing them is a right that a campaign without credentials should not need: then it is tried. */
const SECRETS = { apiVersion: 'v1', kind: 'Secret' } as const
const LEASE = ['coordination.k8s.io/v1', 'Lease'] as const

interface Listed {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    /** Made by something that goes first. */
    readonly ownerReferences?: readonly { readonly kind: string }[]
  }
}

/**
 * Removes from a cluster what campaigns left there whose ledgers are not at hand: objects of which label, annotation and name say that they
 * are ours, and whose expiry is past by the API server's clock. Everything else stays.
 */
export async function reapCluster(o: {
  readonly target: string
  readonly cluster: Cluster
  readonly dryRun: boolean
}): Promise<ReapReport> {
  const { cluster } = o
  const now = await cluster.serverTime()
  const items: ReapItem[] = []
  const { found: ours, secretsUnseen } = await findOurs(cluster)
  if (secretsUnseen)
    items.push({
      run: '',
      target: o.target,
      host: CLUSTER_HOST,
      what: 'secrets',
      state: cluster.pullAuth === undefined ? 'kept' : 'left',
      reason: 'they may not be listed: credentials of a campaign with pull_auth may be among them',
    })
  for (const found of ours) {
    const item = {
      run: found.owner?.run ?? '',
      target: o.target,
      host: CLUSTER_HOST,
      what: `${found.object.kind.toLowerCase()} ${found.object.name}`,
    }
    const reason = whyKept(found, now)
    if (reason !== null) items.push({ ...item, state: 'kept', reason })
    else if (o.dryRun) items.push({ ...item, state: 'found' })
    else items.push({ ...item, ...(await remove(cluster, found)) })
  }
  return { items, left: items.filter(({ state }) => state === 'left' || state === 'found').length }
}

const isLabel = (text: string): boolean => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(text)

interface FoundObject {
  readonly object: ObjectName
  readonly labels: Readonly<Record<string, string>>
  /** What its annotation says; null: nothing that can be read. */
  readonly owner: LockContent | null
}

/** Why something with our label stays; null: it goes. */
export function whyKept({ object, labels, owner }: FoundObject, now: number): string | null {
  if (owner === null) return 'its annotation does not say whose it is'
  // Anybody can write an annotation: a campaign that could not be one has no names.
  const named =
    object.kind === 'Lease' || (isLabel(owner.campaign) && isOurClusterName(object.name, owner.campaign))
  if (!named || labels[LABEL.campaign] !== owner.campaign)
    return 'name, label and annotation do not agree on the campaign that it is of'
  if (owner.expires > now)
    return `its campaign may be running: it is kept until ${new Date(owner.expires / 1000).toISOString()}`
  return null
}

async function remove(
  cluster: Cluster,
  { object, labels }: FoundObject,
): Promise<Pick<ReapItem, 'state' | 'reason'>> {
  const campaign = labels[LABEL.campaign]
  try {
    return { state: await removeObject(cluster, object, now => now[LABEL.campaign] === campaign) }
  } catch (error) {
    return { state: 'left', reason: error instanceof Error ? error.message : String(error) }
  }
}

async function findOurs(
  cluster: Cluster,
): Promise<{ readonly found: readonly FoundObject[]; readonly secretsUnseen: boolean }> {
  const { namespace } = cluster.settings
  const [apiVersion, kind] = LEASE
  if (namespace === undefined) {
    const found = [
      ...(await list(cluster, { apiVersion: 'v1', kind: 'Namespace', namespace: '' })),
      ...(await list(cluster, { apiVersion, kind, namespace: LOCKS_NAMESPACE })),
    ]
    return { found, secretsUnseen: false }
  }
  const found: FoundObject[] = []
  for (const [apiVersion, kind] of IN_NAMESPACE)
    found.push(...(await list(cluster, { apiVersion, kind, namespace })))
  const secrets = await list(cluster, { ...SECRETS, namespace }).catch(error => {
    if (error instanceof JoulemarkError && error.code === 'kube-forbidden') return null
    throw error
  })
  found.push(...(secrets ?? []), ...(await list(cluster, { apiVersion, kind, namespace })))
  return { found, secretsUnseen: secrets === null }
}

async function list(cluster: Cluster, of: Omit<ObjectName, 'name'>): Promise<readonly FoundObject[]> {
  const path = objectPath({ ...of, name: '' }).slice(0, -1)
  const { items } = await cluster
    .call<{ readonly items: readonly Listed[] }>({
      method: 'GET',
      path,
      query: { labelSelector: `${LABEL.manager}=${MANAGER}` },
    })
    .catch(error => {
      if (error instanceof JoulemarkError && error.code === 'kube-not-found') return { items: [] }
      throw error
    })
  return (
    items
      // What a job or a daemon set made goes with it; what goes with our policy is waited for by itself.
      .filter(({ metadata }) =>
        (metadata.ownerReferences ?? []).every(({ kind }) => kind === 'NetworkPolicy'),
      )
      .map(({ metadata: { name, labels = {}, annotations = {} } }) => ({
        object: { ...of, name },
        labels,
        owner: parseLock(annotations[OWNER_ANNOTATION] ?? ''),
      }))
  )
}
