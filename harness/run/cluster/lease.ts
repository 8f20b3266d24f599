import type { V1Lease } from '@kubernetes/client-node'
import { JoulemarkError } from '../../model/error.ts'
import type { Cluster } from '../../model/target.ts'
import { type LockContent, parseLock } from '../locks.ts'
import { OWNER_ANNOTATION, runLabels } from './names.ts'
import { type ObjectName, objectPath } from './objects.ts'

/** Where machines are locked, unless a tenant may work in one namespace alone. */
export const LOCKS_NAMESPACE = 'joulemark-locks'

/** Lease of the machine of that boot id. */
export function leaseName(bootId: string, namespace: string): ObjectName {
  const name = bootId.toLowerCase()
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
    throw new JoulemarkError({
      code: 'boot-id',
      exit: 'unreachable',
      message: `boot id ${JSON.stringify(bootId)} of a node can't name a lock`,
    })
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name, namespace }
}

const contentOf = (lease: V1Lease): LockContent | null =>
  parseLock(lease.metadata?.annotations?.[OWNER_ANNOTATION] ?? '')

const read = (cluster: Cluster, name: ObjectName): Promise<V1Lease> =>
  cluster.call<V1Lease>({ method: 'GET', path: objectPath(name) })

function manifest(name: ObjectName, content: LockContent, version?: string): object {
  return {
    apiVersion: name.apiVersion,
    kind: name.kind,
    metadata: {
      name: name.name,
      namespace: name.namespace,
      labels: runLabels(content),
      annotations: { [OWNER_ANNOTATION]: JSON.stringify(content) },
      // Whoever changed it since we read it was quicker.
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    spec: { holderIdentity: content.owner },
  }
}

/**
 * Takes a machine's lease; one that has expired is taken over. `now`: the API server's clock, µs.
 * @throws exit `locked` when somebody else holds it; a lease that can't be read counts as live
 */
export async function takeLease(
  cluster: Cluster,
  o: { readonly name: ObjectName; readonly content: LockContent; readonly now: number },
): Promise<void> {
  const { name, content } = o
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await cluster.call({
        method: 'POST',
        path: objectPath(name).slice(0, -1),
        body: manifest(name, content),
      })
      return
    } catch (error) {
      if (!is(error, 'kube-conflict')) throw error
    }
    try {
      const lease = await read(cluster, name)
      const held = contentOf(lease)
      if (held === null || (held.owner !== content.owner && held.expires > o.now)) throw locked(name, held)
      await replace(cluster, { name, content, version: lease.metadata?.resourceVersion ?? '' })
      return
    } catch (error) {
      // It went, or somebody changed it: once more.
      if (!is(error, 'kube-not-found') && !is(error, 'kube-conflict')) throw error
    }
  }
  throw locked(name, null)
}

const replace = (
  cluster: Cluster,
  {
    name,
    content,
    version,
  }: { readonly name: ObjectName; readonly content: LockContent; readonly version: string },
): Promise<unknown> =>
  cluster.call({ method: 'PUT', path: objectPath(name), body: manifest(name, content, version) })

/** Moves its expiry; only outside windows. Throws when it was lost. */
export async function renewLease(
  cluster: Cluster,
  { name, content }: { readonly name: ObjectName; readonly content: LockContent },
): Promise<void> {
  try {
    const lease = await read(cluster, name)
    if (contentOf(lease)?.owner !== content.owner) throw lost(name)
    await replace(cluster, { name, content, version: lease.metadata?.resourceVersion ?? '' })
  } catch (error) {
    throw is(error, 'kube-not-found') || is(error, 'kube-conflict') ? lost(name) : error
  }
}

const is = (error: unknown, code: string): boolean => error instanceof JoulemarkError && error.code === code

const lost = ({ name, namespace }: ObjectName): JoulemarkError =>
  new JoulemarkError({
    code: 'lock-lost',
    exit: 'locked',
    message: `the lock of a node (lease ${name} in ${namespace}) is no longer ours`,
    publicMessage: 'the lock of a node is no longer ours',
    hint: 'somebody removed it or took it over: see who else measures there',
  })

function locked({ name, namespace }: ObjectName, held: LockContent | null): JoulemarkError {
  const who =
    held === null
      ? 'what it says can not be read, so it counts as live'
      : `owner ${held.owner}, campaign ${held.campaign}, until ${new Date(held.expires / 1000).toISOString()}`
  return new JoulemarkError({
    code: 'locked',
    exit: 'locked',
    message: `a node is locked (lease ${name} in ${namespace}): ${who}`,
    publicMessage: 'a node is locked by another campaign',
    hint: `wait until it ends, go on with or reap that campaign, or, when nothing runs there any more: kubectl delete lease ${name} -n ${namespace}`,
  })
}
