import type { Cluster } from '../../model/target.ts'
import type { Attempt } from '../attempt.ts'
import type { LockContent } from '../locks.ts'
import { renewLease } from './lease.ts'
import { CLUSTER_HOST, GIVEN_NAMESPACE } from './ledger-line.ts'
import { OWNER_ANNOTATION } from './names.ts'
import { type ObjectName, objectPath } from './objects.ts'

/** Moves the end of life of everything that the run has in the cluster. `content`: at the API server's time. */
export async function renewObjects(
  a: Pick<Attempt, 'ledger' | 'id'>,
  cluster: Cluster,
  content: LockContent,
): Promise<void> {
  for (const { host, args } of a.ledger.open(a.id)) {
    if (host !== CLUSTER_HOST) continue
    const text = (key: string): string => (typeof args[key] === 'string' ? args[key] : '')
    const named = text('namespace')
    const name: ObjectName = {
      apiVersion: text('apiVersion'),
      kind: text('kind'),
      name: text('name'),
      namespace: named === GIVEN_NAMESPACE ? (cluster.settings.namespace ?? '') : named,
    }
    // Made for as long as the run's pods can live (pull-secret.ts).
    if (name.kind === 'Secret') continue
    if (name.kind === 'Lease') await renewLease(cluster, { name, content })
    else
      await cluster.call({
        method: 'PATCH',
        path: objectPath(name),
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { [OWNER_ANNOTATION]: JSON.stringify(content) } } },
      })
  }
}
