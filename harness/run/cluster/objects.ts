import { JoulemarkError } from '../../model/error.ts'
import type { Cluster } from '../../model/target.ts'

/** A kind of thing in a cluster, as paths of its API name it. */
export interface KindPath {
  readonly root: readonly string[]
  readonly plural: string
  readonly namespaced: boolean
}

/** Kinds of which we make anything. */
const KINDS: Readonly<Record<string, KindPath>> = {
  'v1 Namespace': { root: ['api', 'v1'], plural: 'namespaces', namespaced: false },
  'v1 Pod': { root: ['api', 'v1'], plural: 'pods', namespaced: true },
  'v1 Secret': { root: ['api', 'v1'], plural: 'secrets', namespaced: true },
  'batch/v1 Job': { root: ['apis', 'batch', 'v1'], plural: 'jobs', namespaced: true },
  'apps/v1 DaemonSet': { root: ['apis', 'apps', 'v1'], plural: 'daemonsets', namespaced: true },
  'networking.k8s.io/v1 NetworkPolicy': {
    root: ['apis', 'networking.k8s.io', 'v1'],
    plural: 'networkpolicies',
    namespaced: true,
  },
  'coordination.k8s.io/v1 Lease': {
    root: ['apis', 'coordination.k8s.io', 'v1'],
    plural: 'leases',
    namespaced: true,
  },
}

export interface ObjectName {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  /** Empty for what is in no namespace. */
  readonly namespace: string
}

/** null: a kind of which we make nothing. */
export const kindPath = ({ apiVersion, kind }: Pick<ObjectName, 'apiVersion' | 'kind'>): KindPath | null =>
  KINDS[`${apiVersion} ${kind}`] ?? null

/** Path of one object. @throws Error for a kind of which we make nothing */
export function objectPath(object: ObjectName): string[] {
  const found = kindPath(object)
  if (found === null) throw new Error(`${object.apiVersion} ${object.kind} is nothing that we make`)
  const { root, plural, namespaced } = found
  return [...root, ...(namespaced ? ['namespaces', object.namespace] : []), plural, object.name]
}

interface Manifest {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
}

export const nameOf = ({ apiVersion = '', kind = '', metadata }: Manifest): ObjectName => ({
  apiVersion,
  kind,
  name: metadata?.name ?? '',
  namespace: metadata?.namespace ?? '',
})

/** Field manager of server-side apply. */
const FIELD_MANAGER = 'joulemark'

/** The client's types have `_from` where the API has `from`: a word of other languages. */
const wire = (manifest: object): object =>
  JSON.parse(JSON.stringify(manifest, (_key, value: unknown) => renamed(value))) as object

function renamed(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('_from' in value)) return value
  const { _from: from, ...rest } = value
  return { ...rest, from }
}

/** Server-side apply of one object; the answer is the object as it is then. */
export const apply = <T>(cluster: Cluster, manifest: Manifest, signal: AbortSignal): Promise<T> =>
  cluster.call<T>({
    method: 'PATCH',
    path: objectPath(nameOf(manifest)),
    query: { fieldManager: FIELD_MANAGER, force: true, fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: wire(manifest),
    signal,
  })

/**
 * Makes one object without the right to change others. One of that name that is there already was made by a call whose answer was lost:
 * names are of one run alone.
 */
export async function create(cluster: Cluster, manifest: Manifest, signal: AbortSignal): Promise<void> {
  await cluster
    .call({
      method: 'POST',
      path: objectPath(nameOf(manifest)).slice(0, -1),
      query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' },
      body: wire(manifest),
      signal,
    })
    .catch(error => {
      if (!(error instanceof JoulemarkError && error.code === 'kube-conflict')) throw error
    })
}
