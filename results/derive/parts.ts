import type { Collector } from '../../harness/model/collector.ts'
import type { MeterKind } from '../../harness/model/meter.ts'
import type { DecodeRecording } from '../../harness/model/recorder.ts'
import type { Workload } from '../../harness/model/workload.ts'

/** What derive needs from other layers, handed in by harness/cli: the decoder, the registries, and who we are. */
export interface DeriveParts {
  readonly decode: DecodeRecording
  /** By collector id. A recording may hold sources of collectors that are not known here: they are left out, with a finding. */
  readonly collectors: ReadonlyMap<string, Collector>
  /** Kinds of meters, by id. */
  readonly meters: ReadonlyMap<string, MeterKind>
  /** By workload id. */
  readonly workloads: ReadonlyMap<string, Workload>
  /** Version of the tool; names the folder below derived/. */
  readonly toolVersion: string
}
