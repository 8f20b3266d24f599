import { z } from 'zod'
import type { ClusterConnection, ClusterRequest, KubeletPlace, PodPlace } from './cluster.ts'

export const Role = z.enum(['sut', 'loadgen', 'jump', 'meter'])
export type Role = z.infer<typeof Role>

/** End of a short command on a host. A command that can't be started is an error, one that exits non-zero is not. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  /** Output went past maxBytes and was cut. */
  readonly truncated: boolean
}

export interface ExecOptions {
  readonly stdin?: string | Uint8Array
  /** Wall seconds until it is ended; default 60. */
  readonly deadlineSeconds?: number
  /** Of stdout and of stderr each; default 1 MiB. */
  readonly maxBytes?: number
  /** Run as root by the target's way of becoming root; an error when the target says `none` and the user is not root. */
  readonly become?: boolean
  readonly cwd?: string
  /** Never for secrets: other users may read a process's environment on some systems. */
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** A file to put on a host; `from` is a file on the controller. */
export type PutFile = { readonly name: string; readonly mode: number } & (
  | { readonly content: string | Uint8Array }
  | { readonly from: string }
)

/**
 * A detached process on a host, as data: it outlives the connection and the controller, and ends itself at its deadline.
 * `dir` holds pid, stdout, stderr, rc, deadline; it must exist and belong to the run.
 */
export const DetachedRef = z.strictObject({ host: z.string(), dir: z.string(), name: z.string() })
export type DetachedRef = z.infer<typeof DetachedRef>

export type DetachedStatus =
  | { readonly state: 'running'; readonly pid: number }
  /** code 137 and the like: by signal; `deadline`: it was ended by its own deadline. */
  | { readonly state: 'exited'; readonly code: number; readonly deadline: boolean }
  | { readonly state: 'gone'; readonly reason: string }

/** One probe of a host's clocks against the controller's, all µs. offset = host wall − controller wall, ± half the round trip. */
export const ClockProbe = z.strictObject({
  at: z.number(),
  offset: z.number(),
  uncertainty: z.number().nonnegative(),
  /** Host's CLOCK_REALTIME and CLOCK_BOOTTIME read together. */
  wall: z.number(),
  boot: z.number(),
  /** Resolution of the host's reading. */
  resolution: z.number().positive(),
})
export type ClockProbe = z.infer<typeof ClockProbe>

/** What is known of a host before a run: an allow-list without names, addresses, MACs and serials. Goes into the archive. */
export const HostFacts = z.strictObject({
  bootId: z.string(),
  arch: z.enum(['x64', 'arm64']),
  kernel: z.string(),
  os: z.strictObject({ id: z.string(), version: z.string(), libc: z.enum(['glibc', 'musl', 'unknown']) }),
  cpu: z.strictObject({
    model: z.string(),
    vendor: z.string(),
    sockets: z.number().int().positive(),
    cores: z.number().int().positive(),
    /** Online logical CPUs. */
    threads: z.number().int().positive(),
    governor: z.string().nullable(),
    turbo: z.boolean().nullable(),
  }),
  memoryBytes: z.number().positive(),
  /** `none` on bare metal; else kvm, xen, microsoft, docker, lxc, … as far as it can be told without root. */
  virtualization: z.string(),
  container: z.boolean(),
  cgroup: z.strictObject({
    version: z.enum(['1', '2', 'hybrid', 'none']),
    /** controller → mount point; v2 has the key `unified`. */
    mounts: z.record(z.string(), z.string()),
    /** Our own cgroup below each mount; not kept in the archive. */
    own: z.record(z.string(), z.string()),
    /** Folders in which we may make a cgroup, by controller; empty: none. */
    writable: z.record(z.string(), z.string()),
  }),
  init: z.enum(['systemd', 'other']),
  user: z.strictObject({ root: z.boolean(), systemdUser: z.boolean() }),
  perl: z.string().nullable(),
  /** Shell tools that matter for recorder and transport, with version text; null: not there. */
  tools: z.record(z.string(), z.string().nullable()),
  /** Clock ticks per second (USER_HZ) and page size. */
  userHz: z.number().int().positive(),
  pageSize: z.number().int().positive(),
  /** Folder with room for our files, writable; and whether programs may be run from it. */
  workRoot: z.string(),
  workRootExec: z.boolean(),
  /** Bytes free there, and the tmpfs for the recorder's buffer (null: none). */
  workRootFree: z.number().nonnegative(),
  tmpfs: z.strictObject({ path: z.string(), free: z.number().nonnegative() }).nullable(),
  /** path → what a look at it gave; asked for by collectors' probePaths. Globs (`*` in a path segment) give one entry per match. */
  probes: z.record(
    z.string(),
    z.union([z.strictObject({ text: z.string() }), z.strictObject({ error: z.string() })]),
  ),
})
export type HostFacts = z.infer<typeof HostFacts>

/** The one way to act on a machine. argv only, never a command line. Implemented by harness/transport. */
export interface Host {
  readonly id: string
  readonly roles: readonly Role[]
  exec(argv: readonly string[], options?: ExecOptions): Promise<Exit>
  /** Makes `dir` (0700) and its parents if need be and writes the files there, whole or not at all. */
  put(files: readonly PutFile[], dir: string): Promise<void>
  /** Streams a file from the host; an error beyond maxBytes, when the host's file is shorter at the end than at the start, or on abort. */
  fetch(path: string, maxBytes: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Starts argv detached, below ref.dir; returns when its pid file is written. `untilMicros`: host's own wall clock, when it ends itself. */
  start(
    ref: DetachedRef,
    argv: readonly string[],
    o: {
      readonly lifeSeconds: number
      readonly cwd?: string
      readonly env?: Readonly<Record<string, string>>
      readonly become?: boolean
      readonly stdin?: string
    },
  ): Promise<void>
  status(ref: DetachedRef): Promise<DetachedStatus>
  /** Ends the whole process group: signal, grace, then KILL; returns when it is gone. Idempotent. */
  stop(
    ref: DetachedRef,
    o?: { readonly signal?: 'TERM' | 'INT' | 'QUIT'; readonly graceSeconds?: number },
  ): Promise<void>
  /** New end of life, in seconds from now. Only outside windows. */
  renew(ref: DetachedRef, lifeSeconds: number): Promise<void>
  clock(): Promise<ClockProbe>
  facts(probePaths: readonly string[]): Promise<HostFacts>
  /** Ends the connection for the length of a window (nothing of ours talks to the host); the next call connects again. */
  hush(): Promise<void>
  /** How the host is reached, for `check`; connects if need be. */
  link(): Promise<HostLink>
}

/** How a host is reached. Names and addresses: for the screen, never for the archive. */
export interface HostLink {
  readonly how: 'local' | 'ssh' | 'kubernetes'
  readonly user: string
  /** `host:port`; empty for local. */
  readonly address: string
  /** Type and source of the key that was accepted, and the host's key; empty for local. */
  readonly key: string
  /** Jump hosts, first hop first. */
  readonly via: readonly string[]
  /** What is worth saying about how it was found out, e.g. that no ssh_config could be read. */
  readonly notes: readonly string[]
}

/** A cluster, as far as a run acts on it. Implemented by harness/targets over harness/transport. */
export interface Cluster {
  readonly settings: ClusterConnection
  /** Errors carry codes `kube-not-found`, `kube-conflict`, `kube-forbidden`, … */
  call<T>(request: ClusterRequest): Promise<T>
  /** The same where the answer is no JSON. */
  text(request: ClusterRequest): Promise<string>
  /** What a kubelet says at `/metrics/…`, asked once, as the plan says: through the API server, or directly. */
  kubeletText(place: KubeletPlace, path: readonly string[], signal: AbortSignal): Promise<string>
  /** The API server's clock, µs, at the earliest that it can be: it stamps whole seconds. Leases are judged by it. */
  serverTime(): Promise<number>
  /** A container as a host: commands run in it, files lie in it. */
  host(o: { readonly id: string; readonly roles: readonly Role[]; readonly place: PodPlace }): Host
  /** A docker config.json with credentials for the image's registry; absent: none are needed, or the namespace has them. */
  readonly pullAuth?: () => Promise<string>
  /** Command of a container that waits, in a writable folder of it, for the program it is given. */
  entryCommand(folder: string): Promise<string[]>
  /** The same container; its `start` gives the program to the container's first process. One at a time. */
  withMain(host: Host, folder: string): Host
}

/** A place to measure, connected. */
export interface Target extends AsyncDisposable {
  readonly id: string
  readonly kind: string
  readonly hosts: ReadonlyMap<string, Host>
  /** The host in a role; every target has a sut, and a loadgen that may be the same host. */
  host(role: 'sut' | 'loadgen'): Host
  /** Where hosts have to be made first (pods); absent: they are there. */
  readonly cluster?: Cluster
}
