import { Document } from 'yaml'
import { LOCKS_NAMESPACE } from '../run/cluster/lease.ts'
import { namespaceOfRight, type Right, type RightScope } from '../run/cluster/rights.ts'

/** Who is given the rights. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string }

export interface RbacWanted {
  readonly rights: readonly Right[]
  /** Namespace that the campaign was given. */
  readonly given: string | undefined
  /** null: a service account is made. */
  readonly subject: Subject | null
}

const NAME = 'joulemark'
const API = 'rbac.authorization.k8s.io'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * Manifest, as YAML documents, that grants these rights and no others. None of its objects has a label that runs have: what looks for leftovers
 * of runs does not find them.
 */
export function rbacText({ rights, given, subject }: RbacWanted): string {
  const home = given ?? LOCKS_NAMESPACE
  const who = subject ?? { kind: 'ServiceAccount', name: NAME, namespace: home }
  const locks = rights.some(({ scope }) => scope === 'locks')
  const documents = [
    ...(locks
      ? [
          commented(
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LOCKS_NAMESPACE } },
            'Machines are locked here.',
          ),
        ]
      : []),
    ...(subject === null
      ? [
          commented(
            { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: home } },
            'Who measures.',
          ),
        ]
      : []),
    // Tenants must not replace each other's, nor that of who has the whole cluster.
    ...boundRole({
      who,
      rights,
      scopes: ['cluster', 'any-namespace'],
      namespace: '',
      name: given === undefined ? NAME : `${NAME}-${given}`,
    }),
    ...boundRole({ who, rights, scopes: ['locks'], namespace: LOCKS_NAMESPACE, name: NAME }),
    ...boundRole({
      who,
      rights,
      scopes: ['given'],
      namespace: namespaceOfRight({ scope: 'given' }, given),
      name: NAME,
    }),
  ]
  return documents.join('---\n')
}

function commented(value: object, comment: string): string {
  const document = new Document(value)
  document.commentBefore = ` ${comment}`
  return document.toString({ lineWidth: 0 })
}

function boundRole(o: {
  readonly who: Subject
  readonly rights: readonly Right[]
  readonly scopes: readonly RightScope[]
  /** Empty: for the whole cluster. */
  readonly namespace: string
  readonly name: string
}): string[] {
  const mine = o.rights.filter(({ scope }) => o.scopes.includes(scope))
  if (mine.length === 0) return []
  const wide = o.namespace === ''
  const metadata = { name: o.name, ...(wide ? {} : { namespace: o.namespace }) }
  const kind = wide ? 'ClusterRole' : 'Role'
  const groups = Map.groupBy(mine, ({ group, resource }) => `${group} ${resource}`)
  const rules = [...groups.values()].map(
    ([first, ...rest]): Rule => ({
      apiGroups: [first?.group ?? ''],
      resources: [first?.resource ?? ''],
      verbs: [...new Set([first, ...rest].map(right => right?.verb ?? ''))].sort(byText),
    }),
  )
  const about = [...groups.values()].map(([first]) => ` ${first?.resource ?? ''}: ${first?.why ?? ''}`)
  return [
    commented({ apiVersion: `${API}/v1`, kind, metadata, rules }, about.join('\n').trim()),
    commented(
      {
        apiVersion: `${API}/v1`,
        kind: `${kind}Binding`,
        metadata,
        roleRef: { apiGroup: API, kind, name: o.name },
        subjects: [o.who.kind === 'ServiceAccount' ? o.who : { apiGroup: API, ...o.who }],
      },
      reach(mine),
    ),
  ]
}

/** Where a binding reaches, for who is to apply it. */
function reach(rights: readonly Right[]): string {
  const scopes = new Set(rights.map(({ scope }) => scope))
  if (scopes.has('any-namespace'))
    return 'For all namespaces: names of those that runs make are not known before. Who has this may start privileged pods and enter any pod.'
  return scopes.has('cluster') ? 'For what lies in no namespace.' : 'In this namespace alone.'
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1)
