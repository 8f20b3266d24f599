import type { Finding } from '../../harness/model/finding.ts'
import type { LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'
import { findWorkFile, inChunks, textLines } from '../text-lines.ts'

export const LOG = 'compress.log'
const GIB = 2 ** 30

/** A line of compress-loop.sh; times are µs since the epoch. */
export type LoopLine =
  | {
      readonly kind: 'pass'
      readonly from: number
      readonly at: number
      readonly bytes: number
      readonly ok: boolean
    }
  | { readonly kind: 'check'; readonly right: boolean }

const PASS = /^pass \d+ (\d{19}) (\d{19}) (\d{1,15}) (ok|failed)$/
const CHECK = /^check \d+ \d{19} \d{19} (right|wrong)$/

/** ns as text → µs; nineteen digits are more than a double holds. */
const micros = (nanos: string): number => Number(nanos.slice(0, -3))

/** undefined: not such a line, or its times can't be. */
export function parseLoopLine(line: string): LoopLine | undefined {
  const checked = CHECK.exec(line)?.[1]
  if (checked !== undefined) return { kind: 'check', right: checked === 'right' }
  const [, start, end, bytes, state] = PASS.exec(line) ?? []
  if (start === undefined || end === undefined || bytes === undefined) return undefined
  const from = micros(start)
  const at = micros(end)
  return at < from ? undefined : { kind: 'pass', from, at, bytes: Number(bytes), ok: state === 'ok' }
}

/** undefined: a line that is broken. */
async function* lines(files: WorkFiles): AsyncIterable<LoopLine | undefined> {
  const name = findWorkFile(files.names, LOG)
  if (name === undefined) return
  for await (const line of textLines(files.open(name))) yield line === null ? undefined : parseLoopLine(line)
}

/** One piece per pass over the data; it has a start, so that one across a window's edge counts in part. */
async function* passes(files: WorkFiles): AsyncIterable<Work> {
  for await (const line of lines(files)) {
    if (line?.kind !== 'pass') continue
    const { from, at, ok } = line
    yield { from, at, units: line.bytes / GIB, ok, latency: at - from }
  }
}

/** The loop goes on until it is told to end: by TERM, 143. */
const GOOD_EXITS: readonly (number | null)[] = [null, 0, 143]

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const findings: Finding[] = []
  if (!GOOD_EXITS.includes(exitCode))
    findings.push({
      code: 'LOAD_EXIT',
      values: { tool: 'compress-loop', exitCode, meaning: 'it ended by itself' },
    })
  const counts = { pass: 0, right: 0, wrong: 0, broken: 0 }
  for await (const line of lines(files)) {
    if (line === undefined) counts.broken += 1
    else if (line.kind === 'pass') counts.pass += 1
    else counts[line.right ? 'right' : 'wrong'] += 1
  }
  if (counts.pass === 0) findings.push({ code: 'WORK_ABSENT', values: { file: LOG } })
  if (counts.broken > 0)
    findings.push({
      code: 'SOURCE_ERROR',
      values: { collector: 'compress-loop', source: LOG, errors: counts.broken },
    })
  const checked = counts.right + counts.wrong
  return {
    dropped: null,
    vuMax: null,
    vuUsed: null,
    checked: counts.pass === 0 ? null : checked,
    wrong: counts.pass === 0 ? null : counts.wrong,
    exitCode,
    findings,
  }
}

/** Reads the log of compress-loop.sh. */
export const compressReader: WorkReader = { work: files => inChunks(passes(files)), facts }
