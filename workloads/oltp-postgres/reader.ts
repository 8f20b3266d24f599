import type { LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'
import { loadExit } from '../load-exit.ts'
import { findWorkFile, inChunks, textLines, wholeText } from '../text-lines.ts'
import { parseEndReport } from './end-report.ts'
import { CONSISTENCY, LOG, REPORT } from './load.ts'
import { parseTransaction, type Transaction } from './log-line.ts'

/** undefined: a line that is broken. */
async function* transactions(files: WorkFiles): AsyncIterable<Transaction | undefined> {
  const name = findWorkFile(files.names, LOG)
  if (name === undefined) return
  for await (const line of textLines(files.open(name)))
    yield line === null ? undefined : parseTransaction(line)
}

/** One piece per transaction, at its end. Skipped ones were never started: they are counted as dropped, not as work. */
async function* pieces(files: WorkFiles): AsyncIterable<Work> {
  for await (const item of transactions(files)) {
    if (item === undefined || item.outcome === 'skipped') continue
    const { at, latency } = item
    yield { at, units: 1, ok: item.outcome === 'done', ...(latency === null ? {} : { latency }) }
  }
}

/** Sums of accounts, tellers, branches and history, and the rows of history. */
type Balances = readonly [bigint, bigint, bigint, bigint, bigint]

/** The one CSV row of the consistency query; undefined: it is none. */
export function parseBalances(text: string): Balances | undefined {
  const cells = text.trim().split(',')
  if (!cells.every(cell => /^-?\d{1,30}$/.test(cell))) return undefined
  const [a, t, b, h, n, ...more] = cells.map(BigInt)
  return a === undefined ||
    t === undefined ||
    b === undefined ||
    h === undefined ||
    n === undefined ||
    more.length > 0
    ? undefined
    : [a, t, b, h, n]
}

/** How many of the four comparisons fail. */
export const wrongBalances = ([accounts, tellers, branches, history, rows]: Balances, done: number): number =>
  [accounts === history, tellers === history, branches === history, rows === BigInt(done)].filter(
    right => !right,
  ).length

async function readBalances(files: WorkFiles): Promise<Balances | undefined> {
  const name = findWorkFile(files.names, CONSISTENCY)
  if (name === undefined) return undefined
  for await (const line of textLines(files.open(name))) return line === null ? undefined : parseBalances(line)
  return undefined
}

/** pgbench's exit codes (its manual, "Exit Status"): 0 good, 1 wrong usage or connection, 2 errors in the run. */
function meaning(exitCode: number): string | null {
  if (exitCode === 0) return null
  if (exitCode === 1) return 'it could not start'
  return exitCode === 2 ? 'errors while it ran' : 'it was ended by a signal'
}

interface Counts {
  readonly done: number
  readonly failed: number
  readonly skipped: number
  readonly broken: number
}

/** Why the log of transactions is not whole; null: it is, pgbench counted the same. */
function whyAbsent(seen: Counts, reported: string | null): string | null {
  if (seen.done + seen.failed + seen.skipped === 0) return 'there is no transaction in it'
  if (seen.broken > 0) return `${seen.broken} lines of it are broken`
  const counted = reported === null ? undefined : parseEndReport(reported)
  if (counted === undefined) return 'pgbench left no report at its end, so the log may be cut'
  for (const outcome of ['done', 'failed', 'skipped'] as const) {
    const count = counted[outcome]
    if (count !== null && count !== seen[outcome])
      return `it has ${seen[outcome]} transactions that were ${outcome}, and pgbench counted ${count}`
  }
  return null
}

const absent = (file: string, reason: string) => ({ code: 'WORK_ABSENT' as const, values: { file, reason } })
const COMPARISONS = 4

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const counts = { done: 0, failed: 0, skipped: 0, broken: 0 }
  for await (const item of transactions(files)) counts[item === undefined ? 'broken' : item.outcome] += 1
  const seen = counts.done + counts.failed + counts.skipped
  const reason = whyAbsent(counts, await wholeText(files, REPORT))
  const balances = await readBalances(files)
  return {
    dropped: seen === 0 ? null : counts.skipped,
    vuMax: null,
    vuUsed: null,
    checked: balances === undefined ? null : COMPARISONS,
    wrong: balances === undefined ? null : wrongBalances(balances, counts.done),
    exitCode,
    findings: [
      ...loadExit('pgbench', exitCode, meaning),
      ...(reason === null ? [] : [absent(LOG, reason)]),
      ...(balances === undefined ? [absent(CONSISTENCY, 'the database did not say its balances')] : []),
    ],
  }
}

/** Reads pgbench's log, and what it and the database said at the end. The balances check all of the transactions, so single checks have no times. */
export const pgbenchReader: WorkReader = { work: files => inChunks(pieces(files)), facts }
