import type { Finding } from '../../harness/model/finding.ts'
import type { LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'
import { findWorkFile, inChunks, textLines } from '../text-lines.ts'
import { CONSISTENCY, LOG } from './load.ts'
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
function exitFindings(exitCode: number | null): Finding[] {
  if (exitCode === null || exitCode === 0) return []
  const meaning =
    exitCode === 1
      ? 'it could not start'
      : exitCode === 2
        ? 'errors while it ran'
        : 'it was ended by a signal'
  return [{ code: 'LOAD_EXIT', values: { tool: 'pgbench', exitCode, meaning } }]
}

const COMPARISONS = 4

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const findings = exitFindings(exitCode)
  const counts = { done: 0, failed: 0, skipped: 0, broken: 0 }
  for await (const item of transactions(files)) counts[item === undefined ? 'broken' : item.outcome] += 1
  const seen = counts.done + counts.failed + counts.skipped
  if (seen === 0) findings.push({ code: 'WORK_ABSENT', values: { file: LOG } })
  if (counts.broken > 0)
    findings.push({
      code: 'SOURCE_ERROR',
      values: { collector: 'pgbench', source: LOG, errors: counts.broken },
    })
  const balances = await readBalances(files)
  if (balances === undefined) findings.push({ code: 'WORK_ABSENT', values: { file: CONSISTENCY } })
  return {
    dropped: seen === 0 ? null : counts.skipped,
    vuMax: null,
    vuUsed: null,
    checked: balances === undefined ? null : COMPARISONS,
    wrong: balances === undefined ? null : wrongBalances(balances, counts.done),
    exitCode,
    findings,
  }
}

/** Reads pgbench's log and what the database said of itself. */
export const pgbenchReader: WorkReader = { work: files => inChunks(pieces(files)), facts }
