import type { ClusterConnection } from './cluster.ts'
import type { Json } from './json.ts'
import type { LinkKind, MeterLogin } from './meter.ts'
import type { SecretRef } from './plan.ts'

/** How one SSH host is reached. Identities stay out of plan and archive; state/hosts.json (0600) keeps what resume and reap need. */
export interface SshConnection {
  /** Name, alias from ~/.ssh/config, IPv4, or IPv6 literal without brackets. */
  readonly address: string
  readonly port?: number
  readonly user?: string
  /** Path of a private key. */
  readonly identity?: string
  readonly passphrase?: SecretRef
  /** Pinned host key fingerprint, `SHA256:…`; else known_hosts decides. */
  readonly hostKey?: string
  readonly knownHosts?: string
  /** ssh_config file instead of the user's own; `none`: no file. */
  readonly config?: string
  /** Hosts to go through, first hop first; replaces ProxyJump of the ssh_config. */
  readonly jump?: readonly SshConnection[]
}

export type TargetConnection =
  | { readonly kind: 'local'; readonly become: 'none' | 'sudo'; readonly becomePassword?: SecretRef }
  | {
      readonly kind: 'ssh'
      readonly become: 'none' | 'sudo'
      readonly becomePassword?: SecretRef
      readonly hosts: Readonly<Record<string, SshConnection>>
    }
  | ({
      readonly kind: 'kubernetes'
      readonly become: 'none'
      readonly becomePassword?: never
      /** A docker config.json with the registry's credentials. */
      readonly pullAuth?: SecretRef
    } & ClusterConnection)

export interface InfluxConnection {
  readonly url: string
  readonly org: string
  readonly bucket: string
  readonly token: SecretRef
}

/** How a meter is reached. */
export interface MeterConnection {
  readonly link: LinkKind
  readonly login: MeterLogin
  readonly user?: string
  readonly password?: SecretRef
  readonly token?: SecretRef
  /** Of link http. */
  readonly url?: string
  /** Path of a file with certificates. */
  readonly ca?: string
  readonly fingerprint?: string
  /** Of links without a URL. */
  readonly address?: string
  readonly port?: number
  /** Of link snmp: secrets, and how they are used. */
  readonly community?: SecretRef
  readonly privacy?: SecretRef
  readonly auth?: string
  readonly encryption?: string
  readonly context?: string
  /** Of link ipmi. */
  readonly privilege?: string
  readonly cipher?: number
  /** Settings of its kind that name hosts or people; the plan has their digests. */
  readonly settings?: Readonly<Record<string, Json>>
}

/** Value of a secret reference; resolved as late as possible, handed on in memory only. `part`: of a file; default its first line. */
export type ReadSecret = (ref: SecretRef, part?: 'line' | 'whole') => Promise<string>
