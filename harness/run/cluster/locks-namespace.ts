import { JoulemarkError } from '../../model/error.ts'
import type { Cluster } from '../../model/target.ts'
import { LOCKS_NAMESPACE } from './lease.ts'

const ABOUT =
  'Leases by which measurements keep out of each other’s way on the machines of this cluster. It holds nothing between measurements and may stay.'

/**
 * Does something that needs the namespace of locks; where that is not there it is made, and stays: it is the cluster's, like a folder for lock
 * files. @throws JoulemarkError `locks-namespace` where it may not be made
 */
export async function withLocksNamespace<T>(cluster: Cluster, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof JoulemarkError && error.code === 'kube-not-found')) throw error
  }
  await makeNamespace(cluster)
  return act()
}

async function makeNamespace(cluster: Cluster): Promise<void> {
  try {
    await cluster.call({
      method: 'POST',
      path: ['api', 'v1', 'namespaces'],
      body: {
        apiVersion: 'v1',
        kind: 'Namespace',
        // No label of ours: whoever looks for what runs have left does not look for this.
        metadata: { name: LOCKS_NAMESPACE, annotations: { 'joulemark/about': ABOUT } },
      },
    })
  } catch (cause) {
    if (!(cause instanceof JoulemarkError)) throw cause
    // Somebody else was quicker.
    if (cause.code === 'kube-conflict') return
    if (cause.code !== 'kube-forbidden') throw cause
    throw new JoulemarkError({
      code: 'locks-namespace',
      exit: 'unreachable',
      message: `namespace ${LOCKS_NAMESPACE}, in which machines are locked, is not there and may not be made: ${cause.message}`,
      hint: 'somebody who may has to make it once: kubectl apply of what joulemark rbac prints',
      cause,
    })
  }
}
