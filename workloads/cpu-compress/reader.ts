import type { Check, LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'
import { loadExit } from '../load-exit.ts'
import { inChunks } from '../text-lines.ts'
import { LOG, loopLines, workerLedger } from './log.ts'

const GIB = 2 ** 30

/**
 * One piece per pass over the data; it has a start, so that one across a window's edge counts in part. A compressor that did not get to
 * its end is lost from the pass on that it was at.
 */
async function* passes(files: WorkFiles): AsyncIterable<Work> {
  const ledger = workerLedger()
  for await (const line of loopLines(files)) {
    if (line === undefined) continue
    ledger.take(line)
    if (line.kind !== 'pass') continue
    const { from, at, ok } = line
    yield { from, at, units: line.bytes / GIB, ok, latency: at - from }
  }
  for (const at of ledger.lost()) yield { at, units: 0, ok: false, lost: true }
}

async function* checks(files: WorkFiles): AsyncIterable<Check> {
  for await (const line of loopLines(files))
    if (line?.kind === 'check') yield { from: line.from, at: line.at, right: line.right }
}

/** It is told to end by a file, and exits 0 once every pass is done. */
const meaning = (code: number): string | null => {
  if (code === 0) return null
  if (code === 1) return 'a compressor did not get to its end'
  return code >= 128 ? 'it was ended by a signal, with passes under way' : 'it could not start'
}

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const ledger = workerLedger()
  const counts = { pass: 0, right: 0, wrong: 0, broken: 0 }
  for await (const line of loopLines(files)) {
    if (line === undefined || !ledger.take(line)) counts.broken += 1
    else if (line.kind === 'pass') counts.pass += 1
    else if (line.kind === 'check') counts[line.right ? 'right' : 'wrong'] += 1
  }
  const reason = whyAbsent({ ...counts, lost: ledger.lost().length, workers: ledger.workers }, exitCode)
  const checked = counts.right + counts.wrong
  return {
    dropped: null,
    vuMax: null,
    vuUsed: null,
    checked: counts.pass === 0 ? null : checked,
    wrong: counts.pass === 0 ? null : counts.wrong,
    exitCode,
    findings: [
      ...loadExit('compress-loop', exitCode, meaning),
      ...(reason === null ? [] : [{ code: 'WORK_ABSENT' as const, values: { file: LOG, reason } }]),
    ],
  }
}

/** null: the log is whole, or its exit tells already that compressors were ended in their work. */
function whyAbsent(
  seen: {
    readonly pass: number
    readonly broken: number
    readonly lost: number
    readonly workers: number | null
  },
  exitCode: number | null,
): string | null {
  if (seen.workers === null) return 'the log has no beginning'
  if (seen.broken > 0) return `${seen.broken} lines of the log are broken or out of order`
  if (seen.pass === 0) return 'no pass got to its end'
  return seen.lost > 0 && exitCode === 0
    ? `the log follows ${seen.workers - seen.lost} of ${seen.workers} compressors to their end`
    : null
}

/** Reads the log of compress-loop.sh. */
export const compressReader: WorkReader = {
  work: files => inChunks(passes(files)),
  facts,
  checks: files => inChunks(checks(files)),
}
