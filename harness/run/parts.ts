import type { CampaignArchive } from '../../results/archive/archive.ts'
import type { Collector } from '../model/collector.ts'
import type { EmitEvent } from '../model/event.ts'
import type { OpenMeter } from '../model/meter.ts'
import type { RecorderKit } from '../model/recorder.ts'
import type { Target } from '../model/target.ts'
import type { Workload } from '../model/workload.ts'

/** Takes complete runs to InfluxDB (harness/store). Never fails a run: what can't be stored waits. */
export interface Sink {
  /** Hands a complete run over; returns when its points are durable in the spool. */
  accept(runId: string): Promise<void>
  /** Nothing is parsed or sent in a window. */
  pause(): void
  resume(): void
  counts(): { readonly stored: number; readonly waiting: number; readonly refused: number }
  /** Tries for at most so long to send what waits, then stops; nothing is lost. */
  close(graceSeconds: number): Promise<void>
}

/** Everything the runner needs from outside, wired in harness/cli and replaced part by part in tests. */
export interface RunParts {
  readonly archive: CampaignArchive
  readonly connect: (targetId: string) => Promise<Target>
  readonly collectors: ReadonlyMap<string, Collector>
  readonly workloads: ReadonlyMap<string, Workload>
  readonly recorder: RecorderKit
  /** A meter of the plan, by its id, not yet asked (null: it is not asked, its file is attached later); absent: the plan has none. */
  readonly openMeter?: (id: string) => OpenMeter | null
  readonly sink: Sink | null
  /** Measurement verdict of a complete run; null when it can't be said (then it is not repeated). */
  readonly judge: (runId: string) => Promise<'valid' | 'unranked' | 'invalid' | null>
  readonly emit: EmitEvent
  /** Controller's wall clock, µs. */
  readonly now: () => number
  /** Resolves after so many seconds, rejects when the signal aborts. */
  readonly sleep: (seconds: number, signal: AbortSignal) => Promise<void>
  /** First Ctrl-C: stop, tear down, save. */
  readonly signal: AbortSignal
  /** Second Ctrl-C: stop now. */
  readonly hardSignal: AbortSignal
  /** Folder on measured machines for locks; default /run/lock/joulemark or /tmp/joulemark-locks. Its parent must be there. */
  readonly lockDir?: string
  /** Name of this controller for locks: random, no identity. */
  readonly owner: string
  readonly toolVersion: string
  /** Programs on the controller that may be copied to hosts, by tool name, before those on its PATH. */
  readonly controllerTools?: ReadonlyMap<string, string>
}
