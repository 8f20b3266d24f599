import type { PlannedCluster } from '../../model/cluster.ts'
import { LOCKS_NAMESPACE } from './lease.ts'

/** Where a right holds. cluster: for what lies in no namespace; any-namespace: in all; locks: in the namespace of locks; given: in the campaign's. */
export type RightScope = 'cluster' | 'any-namespace' | 'locks' | 'given'

/** One thing that a campaign must be allowed to do. */
export interface Right {
  readonly scope: RightScope
  readonly verb: string
  /** API group; empty for the core. */
  readonly group: string
  /** `pods`, `pods/exec`. */
  readonly resource: string
  /** What for, in a few words. */
  readonly why: string
}

/** What a workload asks of a cluster. */
export interface RightsWanted {
  readonly cluster: PlannedCluster
  /** Some load is made by pods that are told to begin. */
  readonly begins: boolean
  /** Some load is made by pods of their own. */
  readonly loads: boolean
  /** A secret with the registry's credentials is made for every run. */
  readonly pullAuth: boolean
}

const some = (
  scope: RightScope,
  [group, resource]: readonly [group: string, resource: string],
  verbs: readonly string[],
  why: string,
): Right[] => verbs.map(verb => ({ scope, verb, group, resource, why }))

/** Server-side apply asks for both. */
const APPLY = ['create', 'patch']
/** Tear-down and reap; in a namespace of ours they are not needed: all in it goes with it. */
const REMOVE = ['get', 'list', 'delete']
const REAPED = 'reap looks for what earlier campaigns left'

/**
 * Exactly the rights that a campaign's calls need. Names of namespaces of our own are not known before, so that rights in them can only be given
 * for all namespaces.
 */
export function rightsOf({ cluster, begins, loads, pullAuth }: RightsWanted): readonly Right[] {
  const own = cluster.namespace === 'own'
  const scope = own ? 'any-namespace' : 'given'
  const kept = own ? [] : REMOVE
  // Reap does not know what earlier campaigns made in a given namespace, and looks for all kinds.
  const looked = (group: string, resource: string): Right[] =>
    own ? [] : some(scope, [group, resource], ['list'], REAPED)
  const onNodes = cluster.access === 'nodes'
  return [
    ...(own
      ? some(
          'cluster',
          ['', 'namespaces'],
          [...APPLY, ...REMOVE],
          'a namespace for every run, and its removal',
        )
      : []),
    ...some(
      scope,
      ['', 'pods'],
      // What is removed from a namespace of ours by itself is the pod that tries the policy, which is made for load alone.
      [...APPLY, ...(own && !loads ? ['get', 'list'] : REMOVE)],
      loads ? 'the pod under test, and one that tries the network policy' : 'the pod under test',
    ),
    // A GET that is upgraded: until Kubernetes 1.34 its verb is get, from 1.35 on it is create.
    ...some(scope, ['', 'pods/exec'], ['create', 'get'], 'to place files and to start programs in pods'),
    ...some(scope, ['', 'events'], ['list'], 'to say why pods do not come'),
    ...some(
      scope,
      ['networking.k8s.io', 'networkpolicies'],
      [...APPLY, ...kept],
      'only load reaches the workload',
    ),
    ...(loads
      ? some(scope, ['batch', 'jobs'], [...APPLY, ...kept], 'pods of the load')
      : looked('batch', 'jobs')),
    // Server-side apply would let its holder read every secret whose name it knows.
    ...(pullAuth ? some(scope, ['', 'secrets'], ['create', ...kept], 'credentials of the registry') : []),
    ...(begins ? some(scope, ['', 'pods/proxy'], ['get', 'patch'], 'load begins at one agreed second') : []),
    ...(onNodes
      ? some(
          scope,
          ['apps', 'daemonsets'],
          [...APPLY, ...kept],
          'a recorder on the nodes, in privileged pods',
        )
      : looked('apps', 'daemonsets')),
    ...some(
      own ? 'locks' : 'given',
      ['coordination.k8s.io', 'leases'],
      ['create', 'get', 'update', 'delete', 'list'],
      'locks of machines',
    ),
    ...(own ? some('cluster', ['', 'nodes'], ['get'], 'boot ids: which nodes are one machine') : []),
    ...kubeletRights(cluster.kubelet),
  ]
}

function kubeletRights(way: PlannedCluster['kubelet']): readonly Right[] {
  if (way === 'none') return []
  return way === 'direct'
    ? some(
        'cluster',
        ['', 'nodes/metrics'],
        ['get'],
        'what the kubelet says of node and pods, and nothing else',
      )
    : some(
        'cluster',
        ['', 'nodes/proxy'],
        ['get'],
        'what the kubelet says; a powerful right: it reaches all of its API',
      )
}

/** Namespace that a right is asked for; empty: all, or none. */
export const namespaceOfRight = ({ scope }: Pick<Right, 'scope'>, given: string | undefined): string =>
  scope === 'locks' ? LOCKS_NAMESPACE : scope === 'given' ? (given ?? '') : ''

/** `create pods/exec`, with the group where it is not the core's, and the namespace. */
export function rightText(right: Right, given: string | undefined): string {
  const { verb, group, resource, scope } = right
  const namespace = namespaceOfRight(right, given)
  const where =
    scope === 'cluster' ? '' : namespace === '' ? ' in all namespaces' : ` in namespace ${namespace}`
  return `${verb} ${resource}${group === '' ? '' : ` (${group})`}${where}`
}
