import type { Batch } from './batch.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import type { HostFacts } from './target.ts'
import type { Bytes, Micros } from './units.ts'

export type Availability =
  | { readonly state: 'available'; readonly detail: string }
  | { readonly state: 'absent' | 'forbidden'; readonly reason: string; readonly hint: string }

/** What the recorder copies at every tick: a file, read whole up to a bound, at the same open descriptor. */
export interface FileSource {
  /** Unique in a recording: `<collector>/<name>`, e.g. `cpu/stat`. Letters, digits, `.`, `_`, `-`, `/`, `:`. */
  readonly id: string
  /** Absolute path on the host. */
  readonly path: string
  /** At most so many bytes are read; the rest of the file is not needed. */
  readonly maxBytes: Bytes
  /** Open anew at every tick (files that appear and vanish, such as those of a cgroup that may be made again). Default false: one descriptor, pread at 0. */
  readonly reopen?: boolean
  /** Sums over a process tree: path is the pid file of its root; the recorder copies /proc/PID/stat of root and descendants. Only where no cgroup is to be had. */
  readonly tree?: boolean
  /** Needs root to be read. */
  readonly become?: boolean
}

/** A service of the workload, as the cgroup collector and the report know it. */
export interface Service {
  readonly id: string
  readonly host: string
  /** How its consumption can be told from others'. */
  readonly watch:
    | {
        readonly by: 'cgroup'
        readonly version: 1 | 2
        /** controller → absolute path of the folder; v2 has the key `unified`. */
        readonly paths: Readonly<Record<string, string>>
        /** Of a pod, whose group `paths` is: groups of its container, in which its programs are. */
        readonly container?: Readonly<Record<string, string>> | undefined
        /** Where it has a network of its own (pods): absolute path of its table of interfaces, `/proc/PID/net/dev`. */
        readonly network?: string | undefined
      }
    | { readonly by: 'tree'; readonly pidFile: string }
}

/** One reading of one source: raw bytes with the stamps of its tick. */
export interface Reading {
  readonly source: string
  /** CLOCK_BOOTTIME at the start of the tick. */
  readonly mono: Micros
  /** CLOCK_REALTIME at the start of the tick. */
  readonly wall: Micros
  /** null: the read failed; see errno. An empty file gives an empty array. */
  readonly bytes: Uint8Array | null
  /** Symbolic errno (`ENOENT`, `EACCES`) or number as text when bytes is null. */
  readonly error?: string
}

/** Turns readings of its own sources into batches. Pure: no clock, no files. One per host and recording. */
export interface ReadingParser {
  /** Readings come in the order of recording. A reading that can't be parsed becomes state error, never a guess. */
  push(reading: Reading): void
  /**
   * What has gathered since the last call; called about every 1,000 ticks and at the end. A parser may hold readings back until later
   * ones tell what they are worth. ended: nothing will follow, all must be handed out.
   */
  drain(ended?: boolean): Batch[]
  /** What the parser noticed (wraps, resets, errors); asked once, at the end. */
  findings(): Finding[]
}

/** Reads one kind of thing on a host. A collector of this form is recorded by the recorder; other forms (polled meters, imports) follow. */
export interface Collector {
  readonly id: string
  readonly title: string
  /** One paragraph for docs and `list collectors`. */
  readonly about: string
  /** Files that tell whether it is there; the controller reads them once (head of each, ≤ 4 KiB) and hands them in as facts.probes. */
  readonly probePaths: readonly string[]
  probe(facts: HostFacts): Availability
  /** Asked before baseline (services empty) and again after deploy. */
  sources(facts: HostFacts, services: readonly Service[]): readonly FileSource[]
  /** Bytes per reading, for the estimate. */
  estimate(facts: HostFacts): Bytes
  parser(facts: HostFacts, host: string, services: readonly Service[]): ReadingParser
  /**
   * Collectors of energy say what their figures are worth; others leave it out. instances: of the series that were recorded, where that is
   * known; the scope names no others.
   */
  evidence?(facts: HostFacts, instances?: readonly string[]): Evidence
}
