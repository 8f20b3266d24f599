import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveFs } from '../../results/archive/archive.ts'
import { makeFolder, writeWhole } from '../../results/archive/durable.ts'
import { gunzip, gzipStable } from '../../results/archive/gzip.ts'
import { isMissing } from '../../results/archive/paths.ts'
import { readChunks, readText } from '../../results/archive/read-file.ts'
import { countRefused, mergeRefusals, type Refusal } from './refusal.ts'
import type { RunLines } from './run-points.ts'
import { parseAccepted, parseJournal, type SpooledBatch } from './spool-files.ts'

/** Lines in one batch: one request. */
export const BATCH_LINES = 5000
const MAX_LIST = 64 * 1024 * 1024
const PRIVATE = { mode: 0o600, folderMode: 0o700 } as const

/** Where the points of a run stand. The three add up to what was handed over, also after a crash at any moment. */
export interface RunCounts {
  readonly stored: number
  readonly waiting: number
  readonly refused: number
}

/** What became of a batch: its points are stored apart from the refused lines. */
export interface BatchOutcome {
  readonly refused: readonly { readonly line: string; readonly refusal: Refusal }[]
}

/** The spool of one run that was handed over whole. */
export interface RunSpool {
  readonly run: string
  counts(): RunCounts
  refusals(): readonly Refusal[]
  /** Names of batches that wait, in order. */
  waiting(): readonly string[]
  /** Names of batches of which the server refused a part. */
  partlyRefused(): readonly string[]
  /** Lines that wait in a batch, or that were refused of it. */
  read(batch: string): Promise<readonly string[]>
  /** Writes down what became of the lines that were read; durable when it returns. */
  settle(batch: string, outcome: BatchOutcome): Promise<void>
}

export interface RunSpoolPlace {
  readonly fs: ArchiveFs
  /** `state/spool/<run>`, absolute. */
  readonly dir: string
  readonly run: string
}

const batchPath = (dir: string, batch: string): string => join(dir, `${batch}.lp.gz`)
const refusedPath = (dir: string, batch: string): string => join(dir, 'refused', `${batch}.lp.gz`)

/**
 * Writes all lines of a run as batches, then the list of them: with the list the run is handed over; without it (a crash) the folder counts
 * for nothing and is made again.
 */
export async function writeRunSpool(place: RunSpoolPlace, parts: AsyncIterable<RunLines>): Promise<void> {
  const { fs, dir, run } = place
  await rm(dir, { recursive: true, force: true })
  await makeFolder(fs, dir, PRIVATE.folderMode)
  const batches: SpooledBatch[] = []
  let refused: readonly Refusal[] = []
  let gathered: string[] = []

  async function writeBatch(lines: readonly string[]): Promise<void> {
    const name = String(batches.length + 1).padStart(4, '0')
    await writeWhole({ fs, path: batchPath(dir, name), content: linesGzip(lines), ...PRIVATE })
    batches.push({ name, points: lines.length })
  }

  for await (const part of parts) {
    if (part.refused.length > 0) refused = mergeRefusals([...refused, ...part.refused])
    gathered = gathered.concat(part.lines)
    while (gathered.length >= BATCH_LINES) {
      await writeBatch(gathered.slice(0, BATCH_LINES))
      gathered = gathered.slice(BATCH_LINES)
    }
  }
  if (gathered.length > 0) await writeBatch(gathered)
  const accepted = { schema: 'joulemark/spool/1', run, batches, refused }
  await writeWhole({
    fs,
    path: join(dir, 'accepted.json'),
    content: `${JSON.stringify(accepted)}\n`,
    ...PRIVATE,
  })
}

async function* linesGzip(lines: readonly string[]): AsyncIterable<Uint8Array> {
  async function* text(): AsyncIterable<Uint8Array> {
    yield Buffer.from(`${lines.join('\n')}\n`, 'utf8')
  }
  yield* gzipStable(text())
}

/**
 * Opens what writeRunSpool wrote. null: the run was not handed over, or its spool is damaged; it can be made again from the archive, since the
 * server merges equal points.
 */
export async function openRunSpool(place: RunSpoolPlace): Promise<RunSpool | null> {
  const { fs, dir, run } = place
  const journalPath = join(dir, 'journal.jsonl')
  const accepted = parseAccepted(await readText(join(dir, 'accepted.json'), MAX_LIST), run)
  const journal = parseJournal(await readText(journalPath, MAX_LIST))
  if (accepted === null || journal === null) return null
  const settled = new Map(journal.lines.map(({ batch, refused }) => [batch, refused]))
  const files = await batchFiles(dir)
  for (const { name } of accepted.batches) {
    if (!settled.has(name) && !files.has(name)) return null
    // The journal was written, the file not yet removed.
    if (settled.has(name) && files.has(name)) await rm(batchPath(dir, name), { force: true })
  }
  let startsLine = journal.whole

  const waitingBatches = (): readonly SpooledBatch[] =>
    accepted.batches.filter(({ name }) => !settled.has(name))
  const sum = (batches: readonly SpooledBatch[]): number =>
    batches.reduce((all, { points }) => all + points, 0)

  return {
    run,
    counts() {
      const local = countRefused(accepted.refused)
      const refused = countRefused([...settled.values()].flat())
      const waiting = sum(waitingBatches())
      return { stored: sum(accepted.batches) - waiting - refused, waiting, refused: local + refused }
    },
    refusals: () => mergeRefusals([...accepted.refused, ...[...settled.values()].flat()]),
    waiting: () => waitingBatches().map(({ name }) => name),
    partlyRefused: () => [...settled].filter(([, refused]) => refused.length > 0).map(([name]) => name),

    read: batch => readLines(settled.has(batch) ? refusedPath(dir, batch) : batchPath(dir, batch)),

    async settle(batch, outcome) {
      const refused = mergeRefusals(outcome.refused.map(({ refusal }) => refusal))
      const lines = outcome.refused.map(({ line }) => line)
      if (lines.length > 0) {
        await writeWhole({
          fs,
          path: refusedPath(dir, batch),
          content: linesGzip(lines),
          replace: true,
          ...PRIVATE,
        })
      }
      // A torn line of an earlier crash is ended first: it then reads as no line at all.
      const text = `${startsLine ? '' : '\n'}${JSON.stringify({ batch, refused })}\n`
      startsLine = false
      await fs.append(journalPath, text)
      startsLine = true
      settled.set(batch, refused)
      await rm(batchPath(dir, batch), { force: true })
      if (lines.length === 0) await rm(refusedPath(dir, batch), { force: true })
    },
  }
}

async function batchFiles(dir: string): Promise<ReadonlySet<string>> {
  const names = await readdir(dir)
  return new Set(
    names.filter(name => /^\d+\.lp\.gz$/.test(name)).map(name => name.slice(0, -'.lp.gz'.length)),
  )
}

async function readLines(path: string): Promise<readonly string[]> {
  const parts: Uint8Array[] = []
  for await (const chunk of gunzip(readChunks(path))) parts.push(chunk)
  return Buffer.concat(parts)
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
}

/** Names of runs that have a folder in the spool. */
export async function spooledRuns(spoolDir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(spoolDir, { withFileTypes: true })
    return entries
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
