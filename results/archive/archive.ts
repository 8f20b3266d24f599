import type { Json } from '../../harness/model/json.ts'
import type { Plan } from '../../harness/model/plan.ts'
import type { LedgerLine, RunRecord } from '../../harness/model/run.ts'

export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>

/**
 * The file system as the archive needs it. Node's own in production (results/archive/node-fs.ts); tests hand in one that
 * fails or kills the process at a chosen call.
 */
export interface ArchiveFs {
  /** Writes to a new file and fsyncs it. Returns the number of bytes. */
  writeNew(path: string, content: AsyncIterable<Uint8Array>, mode: number): Promise<number>
  rename(from: string, to: string): Promise<void>
  /** Appends and fsyncs. */
  append(path: string, text: string): Promise<void>
  fsyncFolder(path: string): Promise<void>
}

/** One run's folder under data/runs. Paths are relative to it, `/`-separated, never leave it. */
export interface RunArchive {
  readonly id: string
  readonly dir: string
  /** Temporary name, fsync, rename, fsync of the folder. `gzip`: compress (level 6, no time stamp: equal input gives equal bytes). Refuses to overwrite. */
  write(
    path: string,
    content: FileContent,
    /** `replace`: only cleanup.json, which is made again when more is gone. */
    options?: { readonly gzip?: boolean; readonly replace?: boolean },
  ): Promise<{ readonly bytes: number }>
  /** As stored; `.gz` is decompressed. Bounded in memory. */
  read(path: string): AsyncIterable<Uint8Array>
  exists(path: string): Promise<boolean>
  /** Readings of this run that were brought in after the campaign was sealed; their paths are ids of meters. */
  readonly attached: Pick<RunArchive, 'read' | 'exists'>
  /** Sorted, temporary names left out. */
  files(): Promise<readonly string[]>
  /** null: the run did not get to its end. */
  record(): Promise<RunRecord | null>
}

/** A campaign on disk. */
export interface CampaignArchive {
  readonly dir: string
  /** Campaign id: the name of the folder in which it was begun. */
  readonly id: string
  plan(): Promise<Plan>
  campaignText(): Promise<string>
  /** Appends to data/ledger.jsonl; durable when it returns. */
  appendLedger(line: LedgerLine): Promise<void>
  /** A torn last line is left out. */
  ledger(): Promise<readonly LedgerLine[]>
  runs(): Promise<readonly RunArchive[]>
  run(id: string): RunArchive
  /** state/: working files, not sealed. 0600. Whole or not at all. */
  writeState(name: string, value: Json): Promise<void>
  readState(name: string): Promise<Json | null>
  sealed(): Promise<boolean>
  /** BagIt files over data/; afterwards data/ is never written again. */
  seal(): Promise<void>
}
