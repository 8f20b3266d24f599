import { isCount, isRefusal, type Refusal } from './refusal.ts'

export interface SpooledBatch {
  readonly name: string
  readonly points: number
}

/** accepted.json: everything that was handed over of a run. */
export interface Accepted {
  readonly batches: readonly SpooledBatch[]
  /** Refused before they were sent. */
  readonly refused: readonly Refusal[]
}

/** A line of journal.jsonl: what became of a batch; the last line of a batch counts. */
export interface JournalLine {
  readonly batch: string
  readonly refused: readonly Refusal[]
}

/** null: missing, of another schema or run, or damaged. */
export function parseAccepted(text: string | null, run: string): Accepted | null {
  const value = parse(text ?? '')
  if (!isObject(value) || value.schema !== 'joulemark/spool/1' || value.run !== run) return null
  const { batches, refused } = value
  if (!Array.isArray(batches) || !batches.every(isBatch) || !isRefusals(refused)) return null
  return { batches, refused }
}

/**
 * The journal's lines; `whole` is false when it ends in a torn one. Lines that say nothing are left out (their batch is sent again);
 * null: a line that is complete and wrong.
 */
export function parseJournal(
  text: string | null,
): { readonly lines: readonly JournalLine[]; readonly whole: boolean } | null {
  const parts = (text ?? '').split('\n')
  const whole = parts.pop() === ''
  const lines: JournalLine[] = []
  for (const part of parts) {
    const value = parse(part)
    // A line that a crash tore and the next one ended.
    if (value === undefined) continue
    if (!isObject(value) || typeof value.batch !== 'string' || !isRefusals(value.refused)) return null
    lines.push({ batch: value.batch, refused: value.refused })
  }
  return { lines, whole }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const isRefusals = (value: unknown): value is readonly Refusal[] =>
  Array.isArray(value) && value.every(isRefusal)

const isBatch = (value: unknown): value is SpooledBatch =>
  isObject(value) && typeof value.name === 'string' && /^\d{4,}$/.test(value.name) && isCount(value.points)
