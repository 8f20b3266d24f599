import type { z } from 'zod'
import type { Service } from './collector.ts'
import type { Finding } from './finding.ts'
import type { Json } from './json.ts'
import type { DetachedRef, Host, HostFacts } from './target.ts'

/** Version of a tool or package as it was found on a host. */
export interface FoundTool {
  readonly name: string
  readonly host: string
  readonly version: string
  /** path on the host; `copied` says it came from the controller. */
  readonly path: string
  readonly copied: boolean
}

/** What a workload may use while it deploys. Everything it makes goes through here, so that the ledger knows it first. */
export interface DeployContext {
  readonly sut: Host
  /** The first of `loadgens`. */
  readonly loadgen: Host
  /** Hosts that make the load, at least one; several only where the workload says `pods.load: 'many'`. */
  readonly loadgens: readonly Host[]
  readonly facts: ReadonlyMap<string, HostFacts>
  /** The run's folder on a host: made, empty, removed at tear-down. */
  workDir(host: Host): string
  /** Folder on the controller with the workload's own assets is reached by `from: new URL('./x', import.meta.url)` turned to a path by the harness. */
  asset(url: URL): string
  /**
   * Makes sure that programs are there; installs distribution packages where the plan allows it (services kept from starting), notes versions.
   * Throws ToolMissing (below) when it can't be had.
   */
  need(host: Host, tool: ToolNeed): Promise<FoundTool>
  /** A free TCP port on the host's address that the loadgen can reach. */
  freePort(host: Host): Promise<number>
  /** Address by which the loadgen reaches the sut: 127.0.0.1 on a shared machine. */
  sutAddress(): Promise<string>
  /** Starts a service in its own cgroup where that can be had; ledgered; ended at tear-down. */
  service(host: Host, id: string, argv: readonly string[], o?: ServiceOptions): Promise<Service>
  /** Starts a load program detached; ledgered. Its output files lie in `dir` and are fetched to work/ after cool-down. */
  launch(
    host: Host,
    id: string,
    argv: readonly string[],
    o: {
      readonly dir: string
      readonly lifeSeconds: number
      readonly cwd?: string
      readonly env?: Readonly<Record<string, string>>
    },
  ): Promise<DetachedRef>
  /**
   * What `launch(host, id, …)` will start, as a service to watch: its cgroup is made now, so that the recorder knows it before
   * the load starts. Load generators use the id `loadgen`.
   */
  loadService(host: Host, id: string): Promise<Service>
  /**
   * An empty folder, mode 0700, meant for the first of `users` that exists when we are root (programs that refuse root, or should not
   * have it), else for ourselves (user null). It belongs to us: put the files there first, then give it to `user` with all in it
   * (`chown -hR`, exit code looked at), and write nothing there any more. Ledgered. Its path is short: a UNIX socket fits below it.
   */
  privateDir(host: Host, id: string, users: readonly string[]): Promise<PrivateDir>
  /** argv that runs argv as that user by the means the host has; unchanged for null. */
  asUser(host: Host, user: string | null, argv: readonly string[]): Promise<readonly string[]>
  /**
   * For load programs that are started waiting: waits until the HTTP server of each answers a GET, then sends all of them the request at one
   * agreed second. Absent: one load host alone, which begins when it is launched.
   */
  readonly beginTogether?: (
    hosts: readonly Host[],
    request: {
      readonly port: number
      /** Parts of the path. */
      readonly path: readonly string[]
      readonly method: 'PATCH' | 'POST'
      readonly body: Json
    },
  ) => Promise<void>
  /** A fresh random secret, 32 hexadecimal digits: for files of mode 0600 in the run's folder, never for argv. */
  secret(): string
  /** Writes a ledger line for something made outside of the run's folder, before it is made. */
  ledger(host: Host, remover: string, args: Readonly<Record<string, Json>>, what: string): Promise<void>
  finding(finding: Finding): void
  /** Says what is being done, for the progress display. */
  progress(text: string): void
  readonly signal: AbortSignal
}

export interface PrivateDir {
  readonly path: string
  readonly user: string | null
}

export interface ServiceOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Run as this existing, unprivileged user when we are root (PostgreSQL refuses root). */
  readonly user?: string
  /** Ready when this command exits 0; polled until deadlineSeconds (default 60). */
  readonly ready?: readonly string[]
  readonly deadlineSeconds?: number
  /** Signal for an orderly stop; default TERM. */
  readonly stopSignal?: 'TERM' | 'INT' | 'QUIT'
}

export interface ToolNeed {
  /** Name in findings and versions, e.g. `nginx`. */
  readonly name: string
  /** Programs searched on PATH and in `paths` (globs allowed), the first found wins. */
  readonly programs: readonly string[]
  readonly paths?: readonly string[]
  /** argv after the program that prints a version; the first line that matches is kept. */
  readonly versionArgs: readonly string[]
  readonly versionPattern: RegExp
  /** Distribution packages by package manager. Absent: can't be installed. */
  readonly packages?: Readonly<Partial<Record<'apt' | 'dnf' | 'apk' | 'zypper', readonly string[]>>>
  /** Look on the controller's PATH and copy when system and architecture match (k6). */
  readonly copyFromController?: boolean
  /** For people: how it can be had where none of these help. */
  readonly hint?: string
}

/** The workload can't run here; it is skipped with a finding, the campaign goes on. */
export class ToolMissing extends Error {
  readonly tool: string
  readonly host: string
  readonly hint: string
  constructor(tool: string, host: string, hint: string) {
    super(`${tool} is not on host ${host}`)
    this.name = 'ToolMissing'
    this.tool = tool
    this.host = host
    this.hint = hint
  }
}

/** Whether a service is a load generator: `loadgen`, `loadgen-2` … (DeployContext.loadService). */
export const isLoadgen = (service: string): boolean => /^loadgen(-\d+)?$/.test(service)

/** Folder, in the names of work files, of what one of several load programs left. */
export const loadFolder = (index: number): string => `load-${index + 1}/`

/** Times of the load, seconds: it runs warm-up + windows and is ended in cool-down. */
export interface LoadPlan {
  readonly warmUpSeconds: number
  readonly windowSeconds: number
  readonly windows: number
  /** warm-up + windows + a margin, so that load never ends inside a window. */
  readonly totalSeconds: number
  readonly seed: number
}

export interface Deployed {
  readonly services: readonly Service[]
  /** Starts the load, detached: one program on every load host; none: this workload has no load (idle). Called once, at the start of warm-up. */
  startLoad(plan: LoadPlan): Promise<readonly DetachedRef[]>
  /** Files that hold the evidence of work, fetched after cool-down to work/<name>. `gzip`: compress on arrival. */
  readonly workFiles: readonly {
    readonly host: string
    readonly path: string
    readonly name: string
    readonly gzip: boolean
    readonly maxBytes: number
    readonly optional?: boolean
  }[]
  /** Ends the load in good order and waits for its files to be complete; default: stop the detached processes. */
  readonly endLoad?: (refs: readonly DetachedRef[]) => Promise<void>
}

/** A piece of work that was done (or failed) at a time: a request, a transaction, a chunk. Times: wall clock of the loadgen, µs. */
export interface Work {
  /** End of the piece. */
  readonly at: number
  /** Start, where known (a chunk of compression spans a window's edge and is split in proportion). */
  readonly from?: number
  /** In units of the functional unit; for failed ones the units asked for. */
  readonly units: number
  readonly ok: boolean
  /** µs, where there is one. */
  readonly latency?: number
  /** What was done from `at` on is not known (a piece that left no end): a window that ends later has no known work. */
  readonly lost?: true
}

/** An answer whose content was checked. Times as in Work. */
export interface Check {
  /** Start of the piece that was checked, where known: the check counts for every window that the piece reaches into. */
  readonly from?: number
  readonly at: number
  readonly right: boolean
}

/**
 * What the tool said of itself, apart from single pieces of work. A record that is broken or not whole gives the finding WORK_ABSENT: which
 * window the missing part belongs to is not known, and less work would pass for the work.
 */
export interface LoadFacts {
  readonly dropped: number | null
  readonly vuMax: number | null
  readonly vuUsed: number | null
  /** Answers whose content was checked, and how many were wrong. */
  readonly checked: number | null
  readonly wrong: number | null
  readonly exitCode: number | null
  readonly findings: readonly Finding[]
}

/** Names and contents of work files, as the archive has them. */
export interface WorkFiles {
  readonly names: readonly string[]
  /** Decompressed stream; an error names the file. */
  open(name: string): AsyncIterable<Uint8Array>
}

/** Reads the evidence of work. Pure: the same files give the same pieces. */
export interface WorkReader {
  /** In any order; may be millions. */
  work(files: WorkFiles): AsyncIterable<readonly Work[]>
  facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts>
  /** Checks of single answers, in any order; may be millions. Absent: the load's result is checked as a whole (LoadFacts.checked). */
  checks?(files: WorkFiles): AsyncIterable<readonly Check[]>
}

/** The load that a workload is asked to make. even: at equal distances; random: a Poisson process of that mean. */
export interface AskedLoad {
  readonly unitsPerSecond: number
  readonly arrivals: 'even' | 'random'
}

/** A standardized task. `params` validates what the file says and writes the defaults out. */
export interface Workload<P = Record<string, Json>> {
  readonly id: string
  /** Changes whenever figures of the old and the new one may not be compared. */
  readonly version: string
  readonly title: string
  readonly about: string
  readonly params: z.ZodType<P>
  /** e.g. `request`; figures are per one of it. */
  readonly functionalUnit: string
  /** Parameters for `quickstart` and plan estimates: bytes of work files per second on the load host. */
  estimate(params: P): {
    readonly workBytesPerSecond: number
    readonly deploySeconds: number
    readonly diskBytes: number
  }
  /** The rate of units that its parameters ask for; absent or null: as fast as it goes. */
  asked?(params: P): AskedLoad | null
  /** Programs that deploy will ask for, so that `check` can tell before; the same that it hands to DeployContext.need. */
  needs?(params: P): readonly { readonly role: 'sut' | 'loadgen'; readonly tool: ToolNeed }[]
  /** How it goes into pods; absent: it does not. */
  readonly pods?: {
    /** none: it makes its load itself, or has none; one: by one pod; many: by as many pods as the target says. */
    readonly load: 'none' | 'one' | 'many'
  }
  deploy(ctx: DeployContext, params: P): Promise<Deployed>
  readonly reader: WorkReader
  /** Whose wall clock stamps the pieces of work; default loadgen. */
  readonly stamps?: 'sut' | 'loadgen'
  /** Units that come from time alone (idle: host-hours per second of window); such a workload has no work files. */
  readonly unitsPerSecond?: number
}
