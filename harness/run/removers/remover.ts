import type { Json } from '../../model/json.ts'
import type { Cluster, Host } from '../../model/target.ts'

export type Removed = 'removed' | 'was-gone' | 'kept'

export interface RemoverContext {
  /** Campaign of the ledger; removers touch nothing that does not carry its name. */
  readonly campaign: string
  readonly host: Host
  readonly args: Readonly<Record<string, Json>>
  /** The campaign's plan says that packages go again; what the ledger says of it is not enough. */
  readonly purge: boolean
}

/**
 * Removes one kind of thing. Idempotent: a thing that is not there (any more, or not yet) is `was-gone`. Looks afterwards whether the thing
 * is gone; throws when it is not, or when the arguments are none that we could have written.
 */
export type Remover = (context: RemoverContext) => Promise<Removed>

export type ClusterRemoverContext = Pick<RemoverContext, 'campaign' | 'args'> & { readonly cluster: Cluster }

/** The same for what lies in a cluster and on none of its hosts. */
export type ClusterRemover = (context: ClusterRemoverContext) => Promise<Removed>
