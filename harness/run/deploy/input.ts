import type { Service } from '../../model/collector.ts'
import type { Finding } from '../../model/finding.ts'
import type { Host, HostFacts } from '../../model/target.ts'
import type { DeployContext, FoundTool } from '../../model/workload.ts'
import type { LedgerEntry } from '../ledger.ts'

/** What the runner gives, so that a workload can deploy. */
export interface DeployInput {
  readonly sut: Host
  /** At least one; may be the same host. */
  readonly loadgens: readonly Host[]
  /** Pods: how a service of theirs is watched, on which measured host, and at which address they are reached. */
  readonly pods?: {
    watch(host: Host, id: string): Service
    readonly sutAddress: string
    readonly beginTogether: NonNullable<DeployContext['beginTogether']>
  }
  /** By host id; both hosts are in it. */
  readonly facts: ReadonlyMap<string, HostFacts>
  /** `folderName(campaign, run)`: prefix of all names of ours on the hosts (cgroups, folders beside the run's). */
  readonly name: string
  /** The run's folder on a host: made and ledgered by the runner. */
  readonly workDir: (host: Host) => string
  /** `fileMark(campaign)`: first line of a file of ours outside of our folders. */
  readonly fileMark: string
  readonly install: 'allow' | 'never'
  /** Remove at tear-down what was installed. */
  readonly purge: boolean
  /** `RunLedger.make`; durable when it resolves. */
  readonly ledger: (entry: LedgerEntry) => Promise<unknown>
  readonly finding: (finding: Finding) => void
  readonly progress: (text: string) => void
  readonly signal: AbortSignal
  /** After so many seconds services end themselves, unless renewed. */
  readonly lifeSeconds: number
  /** Name of a tool → path on the controller, before its PATH (k6: also the variable JOULEMARK_K6). */
  readonly controllerTools?: ReadonlyMap<string, string>
  /** Environment of the controller, for PATH and proxies; default process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Packages that were not there before. */
export interface InstalledPackages {
  readonly host: string
  readonly manager: string
  readonly names: readonly string[]
  /** False: ledgered for removal (`deploy.purge: true`). */
  readonly kept: boolean
}

/** What deployment did, for run.json and cleanup.json. */
export interface DeployFound {
  readonly tools: readonly FoundTool[]
  readonly installed: readonly InstalledPackages[]
}

export interface Deployment {
  readonly context: DeployContext
  /** All found so far; asked again after deploy, also when that failed. */
  found(): DeployFound
}

/** What the parts of the context share. */
export interface DeployState {
  readonly input: DeployInput
  readonly tools: FoundTool[]
  readonly installed: InstalledPackages[]
  /** Ports given out, so that none is given twice. */
  readonly ports: Set<number>
  /** host and user → argv that starts argv as that user. */
  readonly ways: Map<string, (argv: readonly string[]) => readonly string[]>
  /** host and id → what `loadService` prepared for `launch`. */
  readonly prepared: Map<string, PreparedService>
}

/** A service whose cgroup (where there is one) is made and which waits for its process. */
export interface PreparedService {
  /** Folders whose cgroup.procs the process joins before it becomes the program; empty: none. */
  readonly join: readonly string[]
  /** cgroup controller → folder; null: no cgroup of our own making. */
  readonly cgroup: { readonly version: 1 | 2; readonly paths: Readonly<Record<string, string>> } | null
  readonly pidFile: string
  /** Folder of the detached process. */
  readonly dir: string
}
