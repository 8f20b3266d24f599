import { setTimeout as sleep } from 'node:timers/promises'
import { JoulemarkError } from '../../model/error.ts'
import type { Cluster } from '../../model/target.ts'
import { GIVEN_NAMESPACE } from '../cluster/ledger-line.ts'
import { isOurClusterName, LABEL } from '../cluster/names.ts'
import { kindPath, type ObjectName, objectPath } from '../cluster/objects.ts'
import { refuse, text } from './arguments.ts'
import type { ClusterRemover, Removed } from './remover.ts'

const DEADLINE_SECONDS = 120
const POLL_MILLIS = 250

interface Found {
  readonly metadata: {
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
  }
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message?: string
    }[]
  }
}

/** Deletes one object of a cluster that name and label say is this campaign's. args: apiVersion, kind, name, namespace. */
export const kubernetes: ClusterRemover = async context => {
  const { campaign, cluster } = context
  const object: ObjectName = {
    apiVersion: text(context, 'kubernetes', 'apiVersion'),
    kind: text(context, 'kubernetes', 'kind'),
    name: text(context, 'kubernetes', 'name'),
    namespace: namespaceOf(context),
  }
  if (kindPath(object) === null)
    throw refuse('kubernetes', `${object.apiVersion} ${object.kind} is nothing of ours`)
  if (object.kind !== 'Lease' && !isOurClusterName(object.name, campaign))
    throw refuse('kubernetes', `${JSON.stringify(object.name)} is no name of campaign ${campaign}`)
  return removeObject(cluster, object, labels => labels[LABEL.campaign] === campaign)
}

function namespaceOf({ args, cluster }: Parameters<ClusterRemover>[0]): string {
  const named = typeof args['namespace'] === 'string' ? args['namespace'] : ''
  if (named !== GIVEN_NAMESPACE) return named
  const { namespace } = cluster.settings
  if (namespace === undefined) throw refuse('kubernetes', 'the connection names no namespace')
  return namespace
}

/** Deletes an object if its labels say so, and waits until it is gone. */
export async function removeObject(
  cluster: Cluster,
  object: ObjectName,
  isOurs: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<Removed> {
  const first = await look(cluster, object)
  if (first === null) return 'was-gone'
  if (!isOurs(first.metadata.labels ?? {})) return 'kept'
  const { uid } = first.metadata
  await cluster
    .call({
      method: 'DELETE',
      path: objectPath(object),
      // Only this one: another of the same name may have come meanwhile.
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        preconditions: { uid },
      },
    })
    .catch(ignoring('kube-not-found', 'kube-conflict'))
  const until = performance.now() + DEADLINE_SECONDS * 1000
  for (;;) {
    const found = await look(cluster, object)
    if (found === null || found.metadata.uid !== uid) return 'removed'
    if (performance.now() > until) throw stays(object, found)
    await sleep(POLL_MILLIS)
  }
}

async function look(cluster: Cluster, object: ObjectName): Promise<Found | null> {
  try {
    return await cluster.call<Found>({ method: 'GET', path: objectPath(object) })
  } catch (error) {
    if (error instanceof JoulemarkError && error.code === 'kube-not-found') return null
    throw error
  }
}

const ignoring =
  (...codes: readonly string[]) =>
  (error: unknown): void => {
    if (!(error instanceof JoulemarkError && codes.includes(error.code))) throw error
  }

function stays({ kind, name, namespace }: ObjectName, { metadata, status }: Found): JoulemarkError {
  const said = (status?.conditions ?? [])
    .filter(({ type, status: state }) => state === 'True' && /Remaining|Failure/.test(type))
    .map(({ message }) => message ?? '')
  const held = metadata.finalizers ?? []
  const why = [...said, ...(held.length === 0 ? [] : [`held by finalizers ${held.join(', ')}`])].join('; ')
  const where = namespace === '' ? '' : ` -n ${namespace}`
  return new JoulemarkError({
    code: 'object-left',
    exit: 'leftBehind',
    message: `${kind} ${name} is still there ${DEADLINE_SECONDS} s after it was deleted${why === '' ? '' : `: ${why.slice(0, 500)}`}`,
    hint: `it may go yet: kubectl get ${kind.toLowerCase()} ${name}${where}; then joulemark reap`,
  })
}
