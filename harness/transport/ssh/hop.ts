import type { SecretRef } from '../../model/plan.ts'

/** One host of the way, with all that ssh_config and campaign say of it. */
export interface Hop {
  /** As the campaign or a ProxyJump names it. */
  readonly alias: string
  readonly hostname: string
  readonly port: number
  readonly user: string
  /** Private key files to try, in order; absolute. */
  readonly identities: readonly string[]
  /** The keys were named: no others are tried, not from the agent either. */
  readonly identitiesOnly: boolean
  /** The campaign itself named the key: it must be there. */
  readonly identityRequired: boolean
  readonly passphrase: SecretRef | undefined
  /** Socket of the agent; null: none. */
  readonly agent: string | null
  /** `SHA256:…`, or undefined: known_hosts decides. */
  readonly pinned: string | undefined
  /** Files, absolute, in order. */
  readonly knownHosts: readonly string[]
  /** Files of keys that must not be trusted (RevokedHostKeys), absolute. */
  readonly revokedKeys: readonly string[]
  /** Name to look for in known_hosts instead of the host's own. */
  readonly hostKeyAlias: string | undefined
  readonly connectSeconds: number
  /** What is worth saying about how this was found out. */
  readonly notes: readonly string[]
}

/** `user@host:port` with IPv6 in brackets, for messages. */
export const hopName = (hop: Pick<Hop, 'hostname' | 'port' | 'user'>): string =>
  `${hop.user}@${hop.hostname.includes(':') ? `[${hop.hostname}]` : hop.hostname}:${hop.port}`
