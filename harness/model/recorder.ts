import type { FileSource, Reading } from './collector.ts'
import type { HostFacts, PutFile } from './target.ts'
import type { Bytes, Hertz, Micros } from './units.ts'

export type RecorderKind = 'perl' | 'sh'

/** One recording to be made on a host. */
export interface RecorderRequest {
  readonly sources: readonly FileSource[]
  readonly rate: Hertz
  /** Ticks are due at multiples of the period since boot plus this: two recordings that overlap then never have a reading at one time. Default 0. */
  readonly offset?: Micros
  /** Folder of the recorder: program, configuration, status; exists. */
  readonly dir: string
  /** tmpfs folder for the first part of the buffer; null: disk alone. Exists. */
  readonly tmpfsDir: string | null
  readonly tmpfsBytes: Bytes
  /** Second part of the buffer, in `dir`. 0: none. */
  readonly diskBytes: Bytes
}

/** How recorders are put on a host and started; handed to the runner, made by collectors/recorder. */
export interface RecorderKit {
  /** perl where it is, else the POSIX shell; null: neither can run here at that rate (reason). */
  choose(
    facts: HostFacts,
    rate: Hertz,
  ): { readonly kind: RecorderKind } | { readonly kind: null; readonly reason: string }
  /** Files for request.dir; `from` are files of the package. */
  files(kind: RecorderKind, request: RecorderRequest): readonly PutFile[]
  argv(kind: RecorderKind, request: RecorderRequest): readonly string[]
  /** Paths on the host whose concatenation in this order is the recording; the ones after the first may not exist. */
  outputs(request: RecorderRequest): readonly string[]
}

/** What the decoder gives, in the order of the file. */
export type RecordingItem =
  | {
      readonly item: 'header'
      readonly recorder: RecorderKind
      readonly rate: number
      readonly sources: readonly { readonly id: string; readonly path: string }[]
      /** Resolution of the stamps, µs. */
      readonly monoResolution: Micros
      readonly wallResolution: Micros
    }
  /** A tick: when it was due and when it began and ended, all CLOCK_BOOTTIME µs; wall at its beginning. */
  | {
      readonly item: 'tick'
      readonly due: Micros
      readonly mono: Micros
      readonly end: Micros
      readonly wall: Micros
      readonly readings: readonly Reading[]
    }
  /** Missing when the recorder was killed. */
  | { readonly item: 'end'; readonly reason: 'stopped' | 'deadline' | 'full' }
  /** The file is torn or not a recording from here on; what came before stands. */
  | { readonly item: 'broken'; readonly offset: number; readonly reason: string }

export type DecodeRecording = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<RecordingItem>
