import type { ObjectName } from './objects.ts'

/** Host of ledger lines about what lies in the cluster and on none of its hosts. */
export const CLUSTER_HOST = 'cluster'
/** Stands in the ledger for the namespace that the campaign was given: its name is nobody's business. */
export const GIVEN_NAMESPACE = '@given'

/** An object as the ledger names it. `given`: name of the namespace that the campaign was given. */
export function ledgerArgs(object: ObjectName, given: string | undefined): Record<string, string> {
  const { apiVersion, kind, name, namespace } = object
  const inGiven = namespace !== '' && namespace === given
  return { apiVersion, kind, name, namespace: inGiven ? GIVEN_NAMESPACE : namespace }
}
